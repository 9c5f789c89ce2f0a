"""Somebody comes in whom nobody has invited: a provider that the site trusts has said what they may
do.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from jobs.access import audit
from jobs.access.actor import SYSTEM
from jobs.access.roles import Role
from jobs.actions.people.accounts import described, give, role_group
from jobs.actions.people.invitations import new_user, refuse_used_names
from jobs.models.access.user import User

logger = logging.getLogger(__name__)


def admit_person(*, name: str, email: str, role: str, source: str, now: datetime) -> User:
    """A new account with this role and without a password; raises DomainError naming name, email or
    role.
    """
    group = role_group(role, SYSTEM)
    user = new_user(name, email)
    with transaction.atomic():
        refuse_used_names(user)
        user.save(force_insert=True)
        give(user, group, ())
        audit.record(
            SYSTEM,
            audit.Verb.ADMIT_PERSON,
            user,
            now=now,
            after=described(user),
            reason=f"by {source}",
        )
    logger.info("person admitted", extra={"person": name, "role": role, "source": source})
    return user


def follow_role(user: User, role: str, *, source: str, now: datetime) -> None:
    """Give somebody who comes from the provider this role, or none, in place of theirs; tags and
    superusers stay.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        held = user.groups.filter(name__in=list(Role))
        if user.is_superuser or set(held.values_list("name", flat=True)) == {role} - {""}:
            return
        before = described(user)
        user.groups.remove(*held)
        user.groups.add(*Group.objects.filter(name=role))
        audit.record(
            SYSTEM,
            audit.Verb.CHANGE_ROLE,
            user,
            now=now,
            before=before,
            after=described(user),
            reason=source,
        )
    logger.info(
        "role followed", extra={"person": user.get_username(), "role": role, "source": source}
    )
