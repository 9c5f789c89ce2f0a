"""Make and revoke API tokens: one's own, or those of others with the permission for that."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor, rights_of, tags_of
from jobs.access.people import reaches_person
from jobs.access.roles import KNOWN, Role
from jobs.access.tokens import (
    SHOWN,
    Rights,
    digest_of,
    narrowed,
    new_secret,
    owned_by,
    scope_rights,
)
from jobs.errors import DomainError, Forbidden
from jobs.models import ApiToken
from jobs.models.access.user import User
from jobs.params.limits import UNSEEN

logger = logging.getLogger(__name__)

USUAL_DAYS = 90
MOST_DAYS = 3650


@dataclass(frozen=True)
class Created:
    """The token, and the secret, which nobody can read again."""

    token: ApiToken
    secret: str


def create_token(
    user: User,
    *,
    name: str,
    actor: Actor,
    now: datetime,
    scopes: Sequence[str] = (),
    tags: Sequence[str] = (),
    days: int = USUAL_DAYS,
) -> Created:
    """A token of ``user`` that is good for ``days``.

    ``scopes`` are roles and permissions; none: all the user has.

    Raises DomainError naming name, scopes, tags or days, and Forbidden where it would have rights
    that the actor, or the user, has not. A token makes tokens only where its own scopes name the
    permission, and none that outlives it.
    """
    needed = "beatwright.add_apitoken" if owned_by(user, actor) else "beatwright.manage_token"
    actor.require(needed)
    bound = _end_of_maker(actor, needed)
    _check(name, tags, days)
    _check_scopes(user, scopes)
    _refuse_more(user, scopes, tags, actor)
    secret = new_secret()
    token = ApiToken(
        user=user,
        name=name.strip(),
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
        created_at=now,
    )
    token.scopes, token.tags, token.created_by = list(scopes), list(tags), actor.name[:150]
    token.expires_at = min(bound, now + timedelta(days=days))
    with transaction.atomic():
        _refuse_taken(token)
        token.save(force_insert=True)
        audit.record(actor, audit.Verb.CREATE_TOKEN, token, now=now, after=token_facts(token))
    logger.info(
        "token created",
        extra={"token": token.name, "owner": user.get_username(), "actor": actor.name},
    )
    return Created(token, secret)


def revoke_token(token: ApiToken, *, actor: Actor, now: datetime) -> None:
    """End a token at once; one's own needs no permission.

    Raises DomainError if it has been revoked already.

    Raises Forbidden for that of somebody who may do or see more than the actor.
    """
    require_token(token, actor=actor)
    with transaction.atomic():
        if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
            raise DomainError("this token has already been revoked", field="token")
        audit.record(
            actor, audit.Verb.REVOKE_TOKEN, token, now=now, before=token_facts(token), after={}
        )
    logger.info("token revoked", extra={"token": token.name, "actor": actor.name})


def require_token(token: ApiToken, *, actor: Actor) -> None:
    """Raise Forbidden unless the actor may end this token."""
    if owned_by(token.user, actor):
        return
    actor.require("beatwright.manage_token")
    if not reaches_person(actor, token.user):
        raise Forbidden(
            "this token's owner has rights that you do not have", hint="ask them, or a superuser"
        )


def token_facts(token: ApiToken) -> dict[str, object]:
    """What the audit says of a token: whose it is, how far it reaches, never anything of its
    secret.
    """
    reach = {"scopes": token.scopes, "tags": token.tags, "expires_at": token.expires_at}
    return {"user": token.user.get_username(), "prefix": token.prefix} | reach


def _end_of_maker(actor: Actor, needed: str) -> datetime:
    """When the token expires with which the actor comes, who may come with none."""
    if not actor.token:
        return datetime.max.replace(tzinfo=UTC)
    maker = ApiToken.objects.filter(
        user__username=actor.name, name=actor.token, revoked_at=None
    ).first()
    if maker is None or needed not in maker.scopes:
        hint = f"sign in to the console, or use a token whose scopes include {needed}"
        raise Forbidden("a token cannot create tokens", hint=hint)
    return maker.expires_at


def _check(name: str, tags: Sequence[object], days: int) -> None:
    if not name.strip() or len(name) > 100 or UNSEEN.search(name):
        raise DomainError("must have 1 to 100 visible characters", field="name")
    if isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        raise DomainError(f"must be a whole number from 1 to {MOST_DAYS:,}", field="days")
    if not all(
        isinstance(tag, str) and 0 < len(tag) <= 50 and not UNSEEN.search(tag) for tag in tags
    ):
        raise DomainError("must be words of up to 50 characters", field="tags")


def _check_scopes(user: User, scopes: Sequence[str]) -> None:
    for scope in scopes:
        if scope not in KNOWN and scope not in set(Role):
            raise DomainError(f"{scope!r} is neither a role nor a permission", field="scopes")
    if beyond := _beyond(scope_rights(scopes) or frozenset(), rights_of(user)):
        raise DomainError(
            f"{user.get_username()} does not have {', '.join(beyond)}", field="scopes"
        )


def _refuse_more(user: User, scopes: Sequence[str], tags: Sequence[str], actor: Actor) -> None:
    """Nobody makes a token, for whomever, that may more than they may themselves."""
    rights = narrowed(rights_of(user), scope_rights(scopes))
    reach = narrowed(tags_of(user), frozenset(tags) or None)
    if _beyond(rights, actor.permissions) or _beyond(reach, actor.tags):
        raise Forbidden(
            "this token would have rights that you do not have",
            hint="narrow its scopes or its tags",
        )


def _beyond(part: Rights, whole: Rights) -> list[str]:
    """What of ``part`` is not in ``whole``, some of it; None stands for everything."""
    if whole is None:
        return []
    return sorted(part - whole)[:3] if part is not None else ["everything"]


def _refuse_taken(token: ApiToken) -> None:
    if ApiToken.objects.filter(user=token.user, name=token.name, revoked_at=None).exists():
        raise DomainError(
            f"{token.user.get_username()} already has a token with this name",
            field="name",
            hint="revoke it first",
        )
