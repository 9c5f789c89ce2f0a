"""API tokens, one's own or everybody's; those in use first."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import F

from jobs.errors import DomainError, NotFound
from jobs.models import ApiToken

MOST = 200


def tokens_of(username: str | None = None, *, limit: int = MOST) -> list[ApiToken]:
    """One query: the tokens of one user, or of all, with their owners; those in use first, the newest first."""
    found = ApiToken.objects.select_related("user")
    if username is not None:
        found = found.filter(user__username=username)
    return list(found.order_by(F("revoked_at").desc(nulls_first=True), "-id")[:limit])


def find_token(text: str) -> ApiToken:
    """The token with this prefix, else the one in use with this name; raises NotFound, or DomainError for several."""
    tokens = ApiToken.objects.select_related("user")
    found = list(tokens.filter(prefix=text)[:2]) or list(tokens.filter(name=text, revoked_at=None)[:2])
    if not found:
        raise NotFound(f"no token in use is called {text!r}", field="token")
    if len(found) > 1:
        raise DomainError(f"several users have a token called {text!r}", field="token", hint="give its prefix")
    return found[0]


def find_user(name: str) -> User:
    """The user of this name; raises NotFound."""
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f"there is no user {name!r}", field="user")
    return user
