"""Requeue and discard: first what would happen, then the deed: at once for those that are ticked, else in bulk."""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import HttpRequest

from jobs.access.actor import Actor, actor_of
from jobs.actions.dead_letters import Requeued
from jobs.admin.dead.listing import stored
from jobs.errors import DomainError
from jobs.models import Run
from jobs.queries.dead_letters import DeadLetterFilter, every_dead_letter

MOST_AT_ONCE = 1_000
REASONS_SHOWN = 20


@dataclass(frozen=True)
class Chosen:
    """Which dead letters are meant: the ticked ones of a group, a whole group, or all of them."""

    fingerprint: str
    ids: list[uuid.UUID] | None
    actor: Actor

    @property
    def is_ticked(self) -> bool:
        """One by one, and not by their error."""
        return self.ids is not None

    @property
    def filter(self) -> dict[str, str]:
        """The group, for a bulk operation."""
        return {"fingerprint": stored(self.fingerprint)} if self.fingerprint else {}

    @property
    def runs(self) -> Iterable[Run]:
        """Oldest first, the first thousand."""
        fingerprint = stored(self.fingerprint) if self.fingerprint else None
        wanted = DeadLetterFilter(fingerprint=fingerprint, ids=self.ids)
        return islice(every_dead_letter(wanted, actor=self.actor), MOST_AT_ONCE)


def chosen(request: HttpRequest) -> Chosen:
    """From POST ``group`` (empty: all) and ``scope``: ``ticked`` takes the ids in ``run``."""
    ids = [_uuid(text) for text in request.POST.getlist("run")[:MOST_AT_ONCE]]
    ticked = request.POST.get("scope") == "ticked"
    return Chosen(request.POST.get("group", ""), ids if ticked else None, actor_of(request))


def rate_of(request: HttpRequest) -> float | None:
    """POST ``rate``: runs a second; empty: all at once. Raises DomainError."""
    text = request.POST.get("rate", "").strip()
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not math.isfinite(rate):
        raise DomainError("must be a number of runs a second", field="rate")
    return rate


def told(done: Requeued) -> dict[str, Any]:
    """What a requeue did or would do: how many, and why the others stay."""
    reasons = Counter(done.left.values()).most_common(REASONS_SHOWN)
    return {"eligible": len(done.runs), "left": len(done.left), "reasons": reasons}


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise DomainError("is no run's id", field="run") from None
