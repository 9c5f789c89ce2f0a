"""Tokens as a page shows them, and the form that asks for a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.access.roles import ROLES
from jobs.actions.people.tokens import MOST_DAYS, USUAL_DAYS
from jobs.admin.look.badges import Badge
from jobs.admin.look.confirming import Confirmation
from jobs.admin.look.times import Moment, moment, relative
from jobs.models import ApiToken
from jobs.queries.access.tokens import tokens_of

UNUSED_AFTER = timedelta(days=60)

LIVE = Badge("in use", "check", "good", "grants what its scopes allow")
NEVER_USED = Badge("never used", "radio_button_unchecked", "neutral", "no request has used it")
UNUSED = Badge(
    "unused", "hourglass_empty", "warn", "not used for 60 days; revoke it if it is no longer needed"
)
EXPIRED = Badge("expired", "event_busy", "neutral", "past its expiry date")
REVOKED = Badge("revoked", "block", "neutral", "was revoked")


@dataclass(frozen=True)
class TokenRow:
    id: str
    name: str
    owner: str
    prefix: str
    badge: Badge
    scopes: str
    tags: str
    expires: Moment
    used: Moment
    used_from: str
    may_revoke: bool


def token_list(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The page's context: one query, or two for whom tags limit."""
    actor = actor_of(request)
    manages = actor.may("beatwright.manage_token")
    everybody = manages and "all" in request.GET
    return {
        "rows": [
            token_row(token, now)
            for token in tokens_of(None if everybody else actor.name, actor=actor)
        ],
        "manages": manages,
        "everybody": everybody,
        "roles": roles_within(actor),
        "days_usual": USUAL_DAYS,
        "days_most": MOST_DAYS,
    }


def roles_within(actor: Actor) -> list[str]:
    """The roles whose permissions the actor all has: a token of theirs can be no more."""
    return [
        role.value
        for role, rights in ROLES.items()
        if actor.permissions is None or rights <= actor.permissions
    ]


def token_row(token: ApiToken, now: datetime) -> TokenRow:
    return TokenRow(
        id=str(token.pk),
        name=token.name,
        owner=token.user.get_username(),
        prefix=f"{token.prefix}…",
        badge=token_badge(token, now),
        scopes=", ".join(token.scopes) or "all rights of its owner",
        tags=", ".join(f"#{tag}" for tag in token.tags),
        expires=moment(token.expires_at, now),
        used=moment(token.last_used_at, now, absent="not used yet"),
        used_from=token.last_used_from,
        may_revoke=token.revoked_at is None,
    )


def token_badge(token: ApiToken, now: datetime) -> Badge:
    if token.revoked_at:
        return REVOKED
    if not token.is_live(now):
        return EXPIRED
    if (token.last_used_at or token.created_at) < now - UNUSED_AFTER:
        return UNUSED
    return LIVE if token.last_used_at else NEVER_USED


def revoke_confirmation(token: ApiToken, everybody: str, now: datetime) -> Confirmation:
    """What stands before revoking a token."""
    used = (
        f"It was last used {relative(token.last_used_at, now)}."
        if token.last_used_at
        else "It has never been used."
    )
    return Confirmation(
        title=f"Revoke {token.name}?",
        button="Revoke 1 token",
        action=reverse("beatwright:beatwright_apitoken_revoke", args=[token.pk]),
        back=reverse("beatwright:beatwright_apitoken_changelist") + everybody,
        says=[
            f"Requests that use {token.prefix}… are refused immediately. This cannot be undone.",
            used,
        ],
        fields=[("all", "1")] if everybody else [],
        icon="key_off",
    )
