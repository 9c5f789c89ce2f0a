"""People as a page shows them, and the form that invites one more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobs.access.actor import Actor
from jobs.access.people import groups_to_give
from jobs.access.role_words import role_in_words
from jobs.access.roles import Role
from jobs.access.sessions.second_factors import are_in_use, who_has_one
from jobs.admin.look.badges import Badge
from jobs.admin.look.times import Moment, moment
from jobs.models.access.user import User
from jobs.queries.access.people import (
    MOST,
    Standing,
    invitation_of,
    people,
    role_of,
    standing,
    tags_limiting,
)

BADGES = {
    Standing.ACTIVE: Badge("active", "check", "good", "can sign in"),
    Standing.INVITED: Badge("invited", "mail", "info", "has a link to choose a password"),
    Standing.NOT_INVITED: Badge(
        "not invited", "mail_off", "warn", "has no password and no valid link"
    ),
    Standing.DEACTIVATED: Badge("deactivated", "person_off", "neutral", "cannot sign in"),
}

FACTOR = Badge(
    "second factor", "phonelink_lock", "good", "signs in with a code as well as the password"
)
NO_FACTOR = Badge("no second factor", "password", "neutral", "signs in with the password alone")


@dataclass(frozen=True)
class PersonRow:
    id: int
    name: str
    email: str
    role: str
    tags: str
    badge: Badge
    last: Moment
    factor: Badge | None
    until: Moment


@dataclass(frozen=True)
class RoleChoice:
    """A role beside what it may; ``is_chosen`` in the form that is shown."""

    name: str
    says: str
    is_chosen: bool


def people_list(actor: Actor, search: str, now: datetime) -> dict[str, Any]:
    """The page's context: two queries, and one for second factors where there are any."""
    found = people(search)
    factors = who_has_one(found)
    return {
        "rows": [person_row(user, now, has_factor=user.pk in factors) for user in found],
        "has_factors": are_in_use(),
        "search": search,
        "is_cut": len(found) == MOST,
        "most": MOST,
        "may_invite": actor.may("auth.add_user"),
    }


def person_row(user: User, now: datetime, *, has_factor: bool) -> PersonRow:
    """Somebody who was read as ``people`` reads them."""
    stands, invitation = standing(user, now), invitation_of(user)
    until = invitation.expires_at if invitation and stands is Standing.INVITED else None
    return PersonRow(
        id=user.pk,
        name=user.get_username(),
        email=user.email,
        role=role_word(user),
        tags=tags_text(user),
        badge=BADGES[stands],
        last=moment(user.last_login, now, absent="has not signed in yet"),
        factor=_factor(has_factor) if stands is Standing.ACTIVE else None,
        until=moment(until, now),
    )


def _factor(has_one: bool) -> Badge | None:
    """None where nobody can have one."""
    if not are_in_use():
        return None
    return FACTOR if has_one else NO_FACTOR


def role_word(user: User) -> str:
    """The role; a superuser's word, which is no role; or that there is none."""
    return "superuser" if user.is_superuser else role_of(user) or "no role"


def tags_text(user: User) -> str:
    """Such as ``#fin, #ops``; empty for whom no tags limit."""
    return ", ".join(f"#{tag}" for tag in tags_limiting(user) or ())


def role_choices(actor: Actor, chosen: str) -> list[RoleChoice]:
    """The roles that this actor may give, each with its sentence."""
    held = set(groups_to_give(actor).values_list("name", flat=True))
    return [
        RoleChoice(role.value, role_in_words(role), role == chosen) for role in Role if role in held
    ]
