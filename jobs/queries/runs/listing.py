"""The list of runs, newest first: the same runs on every surface, found by what an index leads
to.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from jobs.access.actor import Actor
from jobs.access.visible import visible_runs
from jobs.errors import known_word
from jobs.models import Run, RunState, Trigger
from jobs.models.ids import first_id_at
from jobs.queries.paging import PAGE, KeysetPage, keyset_page

SEARCHED = 5_000


@dataclass(frozen=True)
class RunFilter:
    """What the list is narrowed to; an empty value is no restriction.

    Made from ``since`` on and before ``until``.

    Raises UnknownWord for a ``state`` that is none of RunState, or a ``trigger`` that is none of
    Trigger.
    """

    state: str = ""
    job_id: uuid.UUID | None = None
    queue: str = ""
    trigger: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        known_word(self.state, RunState.values, field="state")
        known_word(self.trigger, Trigger.values, field="trigger")


@dataclass(frozen=True)
class RunsPage:
    """The rows, newest first; the ids to go on from on either side; ``is_partial``: the search
    stopped at its bound.
    """

    rows: list[Run]
    first: uuid.UUID | None
    last: uuid.UUID | None
    more_before: bool
    more_after: bool
    is_partial: bool = False


def runs_page(
    wanted: RunFilter,
    *,
    actor: Actor,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
) -> RunsPage:
    """A page of the runs that the actor sees, with their jobs' names.

    One query, or two where more is asked for than one index answers.
    """
    return _page(visible_runs(actor), wanted, LIST_FIELDS, after=after, before=before, size=PAGE)


def whole_runs_page(
    wanted: RunFilter, *, actor: Actor, after: uuid.UUID | None, limit: int
) -> RunsPage:
    """The same for programs, with every field and as long as they ask for."""
    return _page(visible_runs(actor), wanted, WHOLE_FIELDS, after=after, before=None, size=limit)


def _page(
    runs: QuerySet[Run],
    wanted: RunFilter,
    fields: Sequence[str],
    *,
    after: uuid.UUID | None,
    before: uuid.UUID | None,
    size: int,
) -> RunsPage:
    chosen = [(field, value) for field in INDEXED if (value := getattr(wanted, field))]
    lead, rest = (
        dict(chosen[:1]),
        dict(chosen[1:]) | ({"trigger": wanted.trigger} if wanted.trigger else {}),
    )
    runs = _made_between(runs, wanted).filter(**lead)
    if rest:
        return _searched(runs, rest, fields, after, before, size)
    page = _slice(runs.select_related("job").only(*fields), after, before, size)
    return RunsPage(page.rows, *_ends(page.rows), page.more_before, page.more_after)


def _made_between(runs: QuerySet[Run], wanted: RunFilter) -> QuerySet[Run]:
    """Ids tell when a run was made, and every index ends with them."""
    if wanted.since:
        runs = runs.filter(pk__gte=first_id_at(wanted.since))
    return runs.filter(pk__lt=first_id_at(wanted.until)) if wanted.until else runs


def _searched(
    runs: QuerySet[Run],
    rest: dict[str, Any],
    fields: Sequence[str],
    after: uuid.UUID | None,
    before: uuid.UUID | None,
    size: int,
) -> RunsPage:
    """The page among the next SEARCHED runs that the index leads to, whichever of them have the
    other values too.
    """
    near = _slice(runs.only("id", *rest), after, before, SEARCHED)
    found = [
        run for run in near.rows if all(getattr(run, name) == value for name, value in rest.items())
    ]
    rows = found[-size:] if before else found[:size]
    first, last = _ends(near.rows)
    more_before, more_after = near.more_before, near.more_after
    if len(found) > size and before:
        first, more_before = rows[0].pk, True
    elif len(found) > size:
        last, more_after = rows[-1].pk, True
    partial = len(found) <= size and (more_before if before else more_after)
    return RunsPage(_loaded(rows, fields), first, last, more_before, more_after, partial)


def _slice(
    runs: QuerySet[Run], after: uuid.UUID | None, before: uuid.UUID | None, size: int
) -> KeysetPage[Run]:
    cursors = {"after": [after] if after else None, "before": [before] if before else None}
    return keyset_page(runs, ("id",), descending=True, size=size, **cursors)


def _loaded(rows: Sequence[Run], fields: Sequence[str]) -> list[Run]:
    runs = Run.objects.filter(pk__in=[run.pk for run in rows]).select_related("job").only(*fields)
    return list(runs.newest_first()) if rows else []


def _ends(rows: Sequence[Run]) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    return (rows[0].pk, rows[-1].pk) if rows else (None, None)


# Each has an index of its own that ends with the id; the first that is wanted leads.
INDEXED = ("job_id", "state", "queue")
LIST_FIELDS = (
    "id", "state", "reason", "trigger", "queue", "scheduled_for", "available_at", "started_at",
    "finished_at",
    "attempt", "error", "job__name", "job__timezone",
)  # fmt: skip
WHOLE_FIELDS = (*(field.name for field in Run._meta.concrete_fields), "job__name")
