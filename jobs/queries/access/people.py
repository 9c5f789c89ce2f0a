"""Who is there, how they stand, and who looks after the rights of others."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q

from jobs import conf
from jobs.access.audit import Verb
from jobs.access.roles import Role
from jobs.errors import NotFound
from jobs.models import AuditEntry, Invitation, Restriction
from jobs.models.access.user import User
from jobs.params.limits import UNSTORABLE
from jobs.queries.fields import json_fields

NAMED = 5
MOST = 200
ENTRIES = 20
OF_SIGNING_IN = (
    Verb.SIGN_IN, Verb.SIGN_IN_FAILED, Verb.SIGN_OUT, Verb.END_SESSION, Verb.SIGN_OUT_PERSON,
    Verb.CHANGE_PASSWORD,
    Verb.SET_UP_SECOND_FACTOR, Verb.REMOVE_SECOND_FACTOR, Verb.RESET_SECOND_FACTOR,
)  # fmt: skip
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Standing(StrEnum):
    """Whether somebody can come in, and if not, what is missing."""

    ACTIVE = "active"
    INVITED = "invited"
    NOT_INVITED = "not invited"
    DEACTIVATED = "deactivated"


def who_can_grant() -> list[str]:
    """One query: the names of at most five people who may change what somebody may do.

    In a project they are its superusers: whom else it lets change that is its own affair.
    """
    if conf.get().site:
        people = User.objects.with_perm("auth.change_user", backend=BACKEND)
    else:
        people = User._default_manager.filter(is_superuser=True, is_active=True)
    return list(
        people.order_by(User.USERNAME_FIELD).values_list(User.USERNAME_FIELD, flat=True)[:NAMED]
    )


def people(search: str = "", limit: int = MOST) -> list[User]:
    """Two queries: those whose name or address holds the text, by name, with their groups, tags and
    invitation.
    """
    found = User.objects.select_related(
        "beatwright_restriction", "beatwright_invitation"
    ).prefetch_related("groups")
    if search and not UNSTORABLE.search(search):
        found = found.filter(Q(username__icontains=search) | Q(email__icontains=search))
    return list(found.order_by("-is_active", "username")[:limit])


def find_person(pk: int) -> User:
    """Two queries: one of them; raises NotFound."""
    found = User.objects.select_related(
        "beatwright_restriction", "beatwright_invitation"
    ).prefetch_related("groups")
    person = found.filter(pk=pk).first() if pk < 2**31 else None
    if person is None:
        raise NotFound("this person does not exist", field="person")
    return person


def standing(user: User, now: datetime) -> Standing:
    """How somebody stands who was read as above."""
    if not user.is_active:
        return Standing.DEACTIVATED
    if user.has_usable_password() or user.last_login:
        return Standing.ACTIVE
    invitation = invitation_of(user)
    return Standing.INVITED if invitation and invitation.is_open(now) else Standing.NOT_INVITED


def role_of(user: User) -> str:
    """The most that their roles say; empty for none, and for superusers, who need none."""
    held = {group.name for group in user.groups.all()}
    return next((role.value for role in reversed(Role) if role in held), "")


def tags_limiting(user: User) -> list[str] | None:
    """The tags that limit somebody; None where they see every job."""
    limit: Restriction | None = getattr(user, "beatwright_restriction", None)
    return None if limit is None else list(limit.tags)


def invitation_of(user: User) -> Invitation | None:
    found: Invitation | None = getattr(user, "beatwright_invitation", None)
    return found


def person_fields(user: User, now: datetime) -> dict[str, Any]:
    """Somebody as JSON values; nothing of a password or of a link."""
    role = "superuser" if user.is_superuser else role_of(user)
    return json_fields(
        {
            "name": user.get_username(),
            "email": user.email,
            "role": role,
            "tags": tags_limiting(user) or [],
            "standing": standing(user, now).value,
            "last_sign_in": user.last_login,
        }
    )


def sign_in_entries(user: User) -> list[AuditEntry]:
    """One query: the last twenty times that somebody came in, left, was refused, or changed how
    they sign in.
    """
    entries = AuditEntry.objects.filter(
        target_kind="user", target_id=str(user.pk), verb__in=OF_SIGNING_IN
    )
    return list(entries.order_by("-id")[:ENTRIES])
