"""Invite somebody, once more or no longer; and what the one who was invited does with the link.

A link is a random text of which the hash alone is stored, as of API tokens. It works once, for
three days, and as long as the person is active, has no password, and was sent no other link.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.core.exceptions import ValidationError
from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor, Surface
from jobs.access.tokens import digest_of, new_secret
from jobs.actions.people.accounts import check_tags, described, give, role_group, touched
from jobs.errors import DomainError, InvalidFields, NotFound
from jobs.models import Invitation
from jobs.models.access.user import User

logger = logging.getLogger(__name__)

GOOD_FOR = timedelta(days=3)


@dataclass(frozen=True)
class Invited:
    """Whom, until when, and the secret of the link, which nobody can read again."""

    user: User
    secret: str
    expires_at: datetime


def invite_person(
    *, name: str, email: str, role: str, tags: Sequence[str] = (), actor: Actor, now: datetime
) -> Invited:
    """A new account with this role, limited to ``tags`` if there are any, without a password.

    Raises InvalidFields or DomainError naming name, email, role or tags, and Forbidden for more
    than the actor has.
    """
    actor.require("auth.add_user")
    group = role_group(role, actor)
    check_tags(tags, actor)
    user = new_user(name.strip(), email.strip())
    with transaction.atomic():
        refuse_used_names(user)
        user.save(force_insert=True)
        give(user, group, tags)
        invited = _open(user, actor, now)
        audit.record(actor, audit.Verb.INVITE_PERSON, user, now=now, after=described(user))
    logger.info("person invited", extra={"person": name, "role": role, "actor": actor.name})
    return invited


def renew_invitation(user: User, *, actor: Actor, now: datetime) -> Invited:
    """Another link for the same person; the one before works no longer."""
    actor.require("auth.change_user")
    with transaction.atomic():
        user = touched(user, actor)
        if user.has_usable_password():
            raise DomainError(f"{user} has a password and needs no invitation", field="person")
        if not user.is_active:
            raise DomainError(f"{user} is deactivated", field="person", hint="activate them first")
        invited = _open(user, actor, now)
        audit.record(actor, audit.Verb.RENEW_INVITATION, user, now=now)
    return invited


def revoke_invitation(user: User, *, actor: Actor, now: datetime) -> None:
    """The link works no longer; the account stays, and can be invited again."""
    actor.require("auth.change_user")
    with transaction.atomic():
        user = touched(user, actor)
        waiting = Invitation.objects.filter(
            user=user, accepted_at=None, revoked_at=None, expires_at__gt=now
        )
        if not waiting.update(revoked_at=now):
            raise DomainError(f"there is no open invitation for {user}", field="person")
        audit.record(actor, audit.Verb.REVOKE_INVITATION, user, now=now)


def invited_by_link(secret: str, *, now: datetime) -> User:
    """Whom a link is for; raises NotFound where it works no longer, or never did."""
    found = Invitation.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if (
        found is None
        or not found.is_open(now)
        or not found.user.is_active
        or found.user.has_usable_password()
    ):
        raise NotFound(
            "this link has been used, revoked or replaced, or is more than three days old"
        )
    return found.user


def accept_invitation(secret: str, password: str, *, address: str, now: datetime) -> User:
    """Use the link up; the password has been checked before.

    Raises NotFound as ``invited_by_link`` does.
    """
    user = invited_by_link(secret, now=now)
    hashed = make_password(password)  # takes a second: not while rows are locked
    waiting = Invitation.objects.filter(
        user=user, digest=digest_of(secret), accepted_at=None, revoked_at=None
    )
    fresh = User.objects.filter(
        pk=user.pk, is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX
    )
    with transaction.atomic():
        if not (
            waiting.filter(expires_at__gt=now).update(accepted_at=now)
            and fresh.update(password=hashed)
        ):
            raise NotFound("this link has just been used, revoked or replaced")
        person = Actor(user.get_username(), Surface.CONSOLE, address=address)
        audit.record(person, audit.Verb.ACCEPT_INVITATION, user, now=now)
    return user


def invitation_is_used(user: User, *, now: datetime) -> None:
    """Somebody has come in by another door: the link is needed no longer."""
    Invitation.objects.filter(user=user, accepted_at=None, revoked_at=None).update(accepted_at=now)


def new_user(name: str, email: str) -> User:
    """Unsaved, without a password; raises InvalidFields naming name or email."""
    user = User(username=name, email=User.objects.normalize_email(email), is_staff=True)
    user.set_unusable_password()
    try:
        user.clean_fields()
    except ValidationError as error:
        fields = {"username": "name"}
        problems = error.message_dict.items()
        raise InvalidFields(
            [DomainError(texts[0], field=fields.get(field, field)) for field, texts in problems]
        ) from error
    return user


def refuse_used_names(user: User) -> None:
    """Raise DomainError naming name or email; those that differ in their letters' case alone would
    be mixed up.
    """
    if User.objects.filter(username__iexact=user.username).exists():
        raise DomainError("is already taken", field="name")
    if user.email and User.objects.filter(email__iexact=user.email).exists():
        raise DomainError("is already used by another person", field="email")


def _open(user: User, actor: Actor, now: datetime) -> Invited:
    secret, expires_at = new_secret(), now + GOOD_FOR
    values = {
        "digest": digest_of(secret),
        "invited_by": actor.name[:150],
        "invited_at": now,
        "expires_at": expires_at,
    }
    Invitation.objects.update_or_create(
        user=user, defaults=values | {"accepted_at": None, "revoked_at": None}
    )
    return Invited(user, secret, expires_at)
