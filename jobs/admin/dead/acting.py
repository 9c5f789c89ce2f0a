"""Requeue and discard: first what would happen, then the deed: at once for those that are ticked,
else in bulk.
"""

from __future__ import annotations

import math
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.actions.runs.dead_letters import Requeued
from jobs.admin.dead.listing import NO_MESSAGE, stored
from jobs.admin.look.confirming import Confirmation
from jobs.errors import DomainError
from jobs.models import Run
from jobs.queries.dead_letters import DeadLetterFilter, Reckoned, every_dead_letter, reckoned
from jobs.queries.paging import capped, is_capped

MOST_AT_ONCE = 1_000
REASONS_SHOWN = 20


@dataclass(frozen=True)
class Chosen:
    """Which dead letters are meant: the ticked ones where any is ticked, else a whole group, else
    all of them.
    """

    fingerprint: str
    ids: list[uuid.UUID] | None
    until: uuid.UUID | None
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
    def wanted(self) -> DeadLetterFilter:
        fingerprint = stored(self.fingerprint) if self.fingerprint else None
        return DeadLetterFilter(fingerprint=fingerprint, ids=self.ids, until=self.until)

    @property
    def runs(self) -> Iterable[Run]:
        """Oldest first, the first thousand."""
        return islice(every_dead_letter(self.wanted, actor=self.actor), MOST_AT_ONCE)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same choice, to come back with the answer to a question."""
        ticked = (
            [("scope", "ticked"), *(("run", str(pk)) for pk in self.ids)]
            if self.ids is not None
            else []
        )
        return [("group", self.fingerprint), *ticked]


def chosen(request: HttpRequest) -> Chosen:
    """From POST ``group`` (empty: all) and ``run``: ids that are ticked stand for themselves alone.

    ``scope`` ``ticked`` means that none is meant where none is ticked; ``until``: none that came
    later than this run.
    """
    ids = [_uuid(text) for text in request.POST.getlist("run")[:MOST_AT_ONCE]]
    ticked = bool(ids) or request.POST.get("scope") == "ticked"
    until = _uuid(text) if (text := request.POST.get("until", "")) else None
    return Chosen(request.POST.get("group", ""), ids if ticked else None, until, actor_of(request))


def discard_question(request: HttpRequest, meant: Chosen, problem: str = "") -> Confirmation:
    """How many would be discarded, of what; one query."""
    found = reckoned(meant.wanted, actor=meant.actor)
    count = capped(found.count)
    number = (
        f"{'' if meant.is_ticked or found.count == 1 else 'all '}{count} dead "
        f"letter{'' if found.count == 1 else 's'}"
    )
    until = [("until", str(found.newest))] if found.newest and not is_capped(found.count) else []
    return Confirmation(
        title=f"Discard {number}?",
        button=f"Discard {number}",
        action=reverse("beatwright:dead_discard"),
        back=_back(meant),
        says=list(_consequences(meant, found)),
        named=[f"{count:,} × {error or NO_MESSAGE}" for error, count in found.errors],
        reason="needed",
        written=request.POST.get("reason", ""),
        fields=meant.fields + until,
        problem=problem,
    )


def number_meant(meant: Chosen) -> str:
    """How many are meant, in words; one query."""
    return capped(reckoned(meant.wanted, actor=meant.actor).count)


def _consequences(meant: Chosen, found: Reckoned) -> Iterator[str]:
    if not meant.is_ticked:
        kinds = f"{len(found.errors)} different errors" if len(found.errors) > 1 else "one error"
        yield (
            "These are "
            f"{'all in this group' if meant.fingerprint else f'all dead letters, with {kinds}'}."
        )
    yield (
        "It is resolved and does not run again."
        if found.count == 1
        else "They are resolved and do not run again."
    )
    if is_capped(found.count):
        yield "They are discarded one by one. You can watch the progress and stop it."
    yield "You can undo a discard from the page of the run."


def _back(meant: Chosen) -> str:
    return (
        reverse("beatwright:dead_group", args=[meant.fingerprint])
        if meant.fingerprint
        else reverse("beatwright:dead_letters")
    )


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
        raise DomainError("must be a number of runs per second", field="rate")
    return rate


def requeue_summary(done: Requeued) -> dict[str, Any]:
    """What a requeue did or would do: how many, and why the others stay."""
    reasons = Counter(done.left.values()).most_common(REASONS_SHOWN)
    return {"eligible": len(done.runs), "left": len(done.left), "reasons": reasons}


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise DomainError("is not a run id", field="run") from None
