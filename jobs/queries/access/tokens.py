"""API tokens, one's own or everybody's; those in use first."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F, QuerySet

from jobs.access.actor import Actor
from jobs.access.people import people_within
from jobs.errors import NotFound
from jobs.models import ApiToken
from jobs.models.access.user import User
from jobs.params.limits import UNSTORABLE
from jobs.queries.fields import json_fields

MOST = 200
SHOWN = (
    "id", "name", "prefix", "user", "scopes", "tags", "expires_at", "last_used_at",
    "last_used_from", "revoked_at",
    "created_at", "created_by",
)  # fmt: skip


class TokenNotFound(NotFound):
    """No token has this id, or none that the actor could be shown."""


def tokens_of(
    username: str | None = None,
    *,
    actor: Actor,
    name: str = "",
    prefix: str = "",
    limit: int = MOST,
) -> list[ApiToken]:
    """The tokens of one user, or of all, with their owners; those in use first, the newest first.

    One query, or two.

    Whom tags limit finds those of people who see no more than they do. ``name`` and ``prefix``,
    where they are given, are the tokens' exactly.
    """
    exact = {field: text for field, text in (("name", name), ("prefix", prefix)) if text}
    found = _within(actor).filter(**exact)
    if username is not None:
        found = found.filter(**{f"user__{User.USERNAME_FIELD}": username})
    return list(found.order_by(F("revoked_at").desc(nulls_first=True), "-id")[:limit])


def tokens_shown(
    actor: Actor, *, username: str = "", name: str = "", prefix: str = ""
) -> list[ApiToken]:
    """The tokens of this user, or all those that the actor may see; raises Forbidden for whom they
    may not see any.
    """
    actor.require("beatwright.add_apitoken")
    if username and username != actor.name:
        actor.require("beatwright.manage_token")
    own = None if actor.may("beatwright.manage_token") else actor.name
    return tokens_of(username or own, actor=actor, name=name, prefix=prefix)


def token_by_id(pk: uuid.UUID, *, actor: Actor) -> ApiToken:
    """The token of this id with its owner, if it is one that the actor could be shown; raises
    TokenNotFound.
    """
    token = _within(actor).filter(pk=pk).first()
    if token is None:
        raise TokenNotFound("there is no token with this id", field="token")
    return token


def _within(actor: Actor) -> QuerySet[ApiToken]:
    tokens = ApiToken.objects.select_related("user")
    return tokens if actor.tags is None else tokens.filter(user__in=people_within(actor))


def token_fields(token: ApiToken) -> dict[str, Any]:
    """All that may be shown of a token, under the names of its fields."""
    return json_fields(
        {name: getattr(token, name) for name in SHOWN} | {"user": token.user.get_username()}
    )


def find_user(name: str) -> User:
    """The user of this name; raises NotFound."""
    user = (
        None
        if UNSTORABLE.search(name)
        else User._default_manager.filter(**{User.USERNAME_FIELD: name}).first()
    )
    if user is None:
        raise NotFound(f"there is no user {name!r}", field="user")
    return user
