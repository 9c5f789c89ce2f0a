"""Let somebody in, say what they may do, and end it: nobody gives what they have not, or touches
who has more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor, out_of_reach
from jobs.access.people import groups_to_give, reaches_person
from jobs.access.roles import Role
from jobs.access.sessions.sign_ins import end_sessions
from jobs.errors import DomainError, Forbidden
from jobs.models import Invitation, Restriction, SignIn, SignInEnd
from jobs.models.access.user import User
from jobs.params.limits import UNSTORABLE

logger = logging.getLogger(__name__)


def change_role(user: User, role: str, tags: Sequence[str], *, actor: Actor, now: datetime) -> User:
    """Give the person this role in place of the one they have, limited to ``tags``; none: to no
    tags.

    Groups that are no roles stay. Raises DomainError naming role or tags, and Forbidden for more
    than the actor has.
    """
    actor.require("auth.change_user")
    with transaction.atomic():
        user = touched(user, actor)
        group = role_group(role, actor)
        check_tags(tags, actor)
        if user.is_superuser:
            raise DomainError("a superuser has all permissions, whatever the role", field="role")
        before = described(user)
        give(user, group, tags)
        audit.record(
            actor, audit.Verb.CHANGE_ROLE, user, now=now, before=before, after=described(user)
        )
    logger.info(
        "role changed", extra={"person": user.get_username(), "role": role, "actor": actor.name}
    )
    return user


def deactivate_person(user: User, *, actor: Actor, now: datetime, reason: str = "") -> User:
    """Nothing opens for them any more: password, sessions, tokens, an invitation.

    Their history stays.
    """
    actor.require("auth.change_user")
    with transaction.atomic():
        user = touched(user, actor)
        if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            raise DomainError(f"{user} is already deactivated", field="person")
        shut_out(user, now=now)
        audit.record(actor, audit.Verb.DEACTIVATE_PERSON, user, now=now, reason=reason)
    logger.info("person deactivated", extra={"person": user.get_username(), "actor": actor.name})
    user.is_active = False
    return user


def shut_out(user: User, *, now: datetime) -> None:
    """End what was open to somebody who has just been deactivated: activated again, they find none
    of it open.
    """
    end_sessions(SignIn.objects.filter(user=user), SignInEnd.DEACTIVATED, now=now)
    Invitation.objects.filter(user=user, accepted_at=None, revoked_at=None).update(revoked_at=now)


def activate_person(user: User, *, actor: Actor, now: datetime) -> User:
    """What they could do before they were deactivated, they can again; an invitation has to be sent
    anew.
    """
    actor.require("auth.change_user")
    with transaction.atomic():
        user = touched(user, actor)
        if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            raise DomainError(f"{user} is already active", field="person")
        audit.record(actor, audit.Verb.ACTIVATE_PERSON, user, now=now)
    logger.info("person activated", extra={"person": user.get_username(), "actor": actor.name})
    user.is_active = True
    return user


def touched(user: User, actor: Actor) -> User:
    """The same person as stored now, locked; raises Forbidden as ``require_reach`` does."""
    stored = User.objects.select_for_update().get(pk=user.pk)
    require_reach(stored, actor)
    return stored


def require_reach(user: User, actor: Actor) -> None:
    """Raise Forbidden for somebody whom the actor may not touch, themselves included."""
    if user.get_username() == actor.name:
        raise Forbidden(
            "you cannot do this to your own account", hint="ask another person who manages people"
        )
    if not reaches_person(actor, user):
        raise Forbidden(
            f"{user} has rights that you do not have",
            hint="ask someone with at least the same rights",
        )


def role_group(role: str, actor: Actor) -> Group:
    """The role's group; raises DomainError for what is no role, Forbidden for one that is more than
    the actor has.
    """
    if role not in set(Role):
        raise DomainError(f"must be one of {', '.join(Role)}", field="role")
    group = groups_to_give(actor).filter(name=role).first()
    if group is None:
        raise Forbidden(
            f"the role {role} has rights that you do not have",
            hint="choose a role within your own rights",
        )
    return group


def check_tags(tags: Sequence[str], actor: Actor) -> None:
    """Raise DomainError for what cannot be tags, Forbidden for tags beyond those that limit the
    actor.
    """
    if not all(0 < len(tag) <= 50 and not UNSTORABLE.search(tag) for tag in tags):
        raise DomainError("must be words of up to 50 characters", field="tags")
    if actor.tags is not None and not (tags and actor.tags.issuperset(tags)):
        raise out_of_reach(actor)


def give(user: User, group: Group, tags: Sequence[str]) -> None:
    """This role alone, and these tags alone."""
    user.groups.remove(*user.groups.filter(name__in=list(Role)))
    user.groups.add(group)
    Restriction.objects.filter(user=user).delete()
    if tags:
        Restriction.objects.create(user=user, tags=list(dict.fromkeys(tags)))


def described(user: User) -> dict[str, Any]:
    """What the audit says of a person: how they are reached, what they may do and see."""
    limit = Restriction.objects.filter(user=user).first()
    roles = ", ".join(sorted(user.groups.values_list("name", flat=True)))
    return {"email": user.email, "role": roles, "tags": limit.tags if limit else []}
