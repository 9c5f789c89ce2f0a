"""API tokens: what they look like, and whom a program that shows one acts for.

Only the secret's SHA-256 is stored. A password needs a slow hash because it can be guessed; 256
random bits cannot, and a slow hash would be paid at every request.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db.models import Q

from jobs.access.actor import Actor, Surface, rights_of, tags_of
from jobs.access.roles import KNOWN, ROLES, Role
from jobs.errors import InvalidToken
from jobs.models import ApiToken
from jobs.models.access.user import User

SHAPE = re.compile(r"bw_[A-Za-z0-9_-]{43}")
SHOWN = 11  # characters of it that are kept and shown: bw_ and eight more
USE_NOTED_EVERY = timedelta(minutes=1)

Rights = frozenset[str] | None


def new_secret() -> str:
    return f"bw_{secrets.token_urlsafe(32)}"


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def actor_from_token(text: str, *, address: str, surface: Surface, now: datetime) -> Actor:
    """Who comes with this secret: the token's owner, with those of their present rights that the
    token's scopes leave.

    Notes its use, once a minute at the most. Raises InvalidToken for one that is unknown, expired
    or revoked, and for an owner who may no longer sign in. At most five queries.
    """
    token = _find(text)
    if token is None:
        raise InvalidToken("this token does not exist", field="token")
    if token.revoked_at:
        raise InvalidToken("this token has been revoked", field="token")
    if not token.is_live(now):
        raise InvalidToken("this token has expired", field="token", hint="create a new one")
    if not token.user.is_active:
        raise InvalidToken("the owner of this token can no longer sign in", field="token")
    _note_use(token, address, now)
    permissions = narrowed(rights_of(token.user), scope_rights(token.scopes))
    tags = narrowed(tags_of(token.user), frozenset(token.tags) or None)
    return Actor(token.user.get_username(), surface, permissions, tags, address, token.name)


def scope_rights(scopes: Iterable[str]) -> Rights:
    """The permissions that these roles and permissions stand for; None, all of them, for no
    scopes.
    """
    named = list(scopes)
    roles = [ROLES[Role(scope)] for scope in named if scope in set(Role)]
    return frozenset(named).intersection(KNOWN).union(*roles) if named else None


def narrowed(whole: Rights, part: Rights) -> Rights:
    """What is in both; None stands for everything."""
    if whole is None or part is None:
        return part if whole is None else whole
    return whole & part


def _find(text: str) -> ApiToken | None:
    if not SHAPE.fullmatch(text):
        return None
    digest = digest_of(text)
    near = ApiToken.objects.filter(prefix=text[:SHOWN]).select_related("user")
    return next((token for token in near if secrets.compare_digest(token.digest, digest)), None)


def _note_use(token: ApiToken, address: str, now: datetime) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at <= now - USE_NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(
            last_used_at=now, last_used_from=address[:45]
        )


def owned_by(user: User, actor: Actor) -> bool:
    return user.get_username() == actor.name
