"""A request that is sent again, because its answer was lost, does nothing again: whichever surface
it comes through.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.models import IdempotencyKey

ALLOWED = re.compile(r"[!-~]{1,100}")
REFUSED = 400


class InvalidKey(DomainError):
    """A text that cannot be a key."""


class KeyReused(DomainError):
    """A key that was used before for another request."""


@dataclass(frozen=True)
class Asked:
    """Who asks, under which key, and a digest of all that the request says; ``name`` is what the
    surface calls a key.

    Raises InvalidKey for a key that cannot be one.
    """

    actor: Actor
    key: str
    digest: str
    name: str

    def __post_init__(self) -> None:
        check_key(self.key, self.name)

    @property
    def owner(self) -> str:
        return owner_of(self.actor)


@dataclass(frozen=True)
class KeptAnswer:
    """What was answered, as JSON; ``replayed`` where that was before, and nothing was done now."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


def owner_of(actor: Actor) -> str:
    """Whose a key is: another person's, and another token's, is another key."""
    return f"{actor.name}\n{actor.token}"[:200]


def mark_of(actor: Actor) -> str:
    """The same in a few characters, for keys that are kept with what they made."""
    return sha256(owner_of(actor).encode()).hexdigest()[:12]


def check_key(key: str, name: str) -> None:
    """Raise InvalidKey for a text that cannot be a key."""
    if not ALLOWED.fullmatch(key):
        raise InvalidKey("must be 1 to 100 printable ASCII characters without a space", field=name)


def once(
    asked: Asked, act: Callable[[], KeptAnswer], *, now: datetime, atomic: bool = True
) -> KeptAnswer:
    """What ``act`` answers, or answered when the same caller asked for the same with this key
    before.

    ``atomic`` keeps what it does and what it answered in one transaction. Without it, ``act`` must
    be safe to repeat: it is repeated where the first answer was never written. Errors and refusals
    are not remembered. Raises KeyReused where the key belongs to another request.
    """
    try:
        with transaction.atomic() if atomic else nullcontext():
            return _once(asked, act, now)
    except Exception:
        if not atomic:
            _forget(asked)
        raise


def _once(asked: Asked, act: Callable[[], KeptAnswer], now: datetime) -> KeptAnswer:
    kept = _kept(asked, now)
    if kept.status:
        return KeptAnswer(kept.status, kept.answer, kept.headers, replayed=True)
    answer = act()
    if answer.status >= REFUSED:
        kept.delete()
    else:
        kept.status, kept.answer, kept.headers = answer.status, answer.body, answer.headers
        kept.save()
    return answer


def _kept(asked: Asked, now: datetime) -> IdempotencyKey:
    kept, _ = IdempotencyKey.objects.get_or_create(
        owner=asked.owner, key=asked.key, defaults={"request": asked.digest, "created_at": now}
    )
    if kept.request != asked.digest:
        raise KeyReused(
            "was already used for another request",
            field=asked.name,
            hint="use a new key for a new request",
        )
    return kept


def _forget(asked: Asked) -> None:
    unanswered = IdempotencyKey.objects.filter(
        owner=asked.owner, key=asked.key, request=asked.digest, status=0
    )
    unanswered.delete()
