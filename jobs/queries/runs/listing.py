"""The list of runs, newest first: the same runs on every surface, and what it costs has a bound."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.access.actor import Actor
from jobs.models import Run
from jobs.models.ids import made_at
from jobs.queries.paging import CAP, PAGE
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.leads import Search

EXPORTED = 500  # rows of an export that are in memory at a time


@dataclass(frozen=True)
class RunsPage:
    """The rows, newest first; the ids to go on from on either side.

    ``searched_to``: where the search stopped at its bound, the moment that it came to; the
    neighbouring page goes on from there.
    """

    rows: list[Run]
    first: uuid.UUID | None
    last: uuid.UUID | None
    more_before: bool
    more_after: bool
    searched_to: datetime | None = None


def runs_page(
    wanted: RunFilter,
    *,
    actor: Actor,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    more_fields: Sequence[str] = (),
) -> RunsPage:
    """A page of the runs that the actor sees, with their jobs' names.

    One query, or up to three where more is asked for than one index answers.
    """
    fields = (*LIST_FIELDS, *more_fields)
    return _page(Search(wanted, actor), fields, after=after, before=before, size=PAGE)


def walk_runs(wanted: RunFilter, *, actor: Actor, most: int) -> Iterator[Run]:
    """The newest ``most`` of them with their params, a page at a time: what has been handed out is
    forgotten.
    """
    search, after = Search(wanted, actor), None
    fields = (*LIST_FIELDS, "params")
    while most > 0:
        size = min(most, EXPORTED)
        page = _page(search, fields, after=after, before=None, size=size)
        yield from page.rows
        most -= len(page.rows)
        if not page.more_after:
            return
        after = page.last


def whole_runs_page(
    wanted: RunFilter, *, actor: Actor, after: uuid.UUID | None, limit: int
) -> RunsPage:
    """The same for programs, with every field and as long as they ask for."""
    return _page(Search(wanted, actor), WHOLE_FIELDS, after=after, before=None, size=limit)


def count_runs(wanted: RunFilter, *, actor: Actor) -> tuple[int, bool]:
    """How many match, counted up to 1,001; and whether that is of all, not only of those that were
    looked at. One query.
    """
    search = Search(wanted, actor)
    count = search.count(CAP + 1)
    return count, search.is_exact or count > CAP or search.edge() is None


def _page(
    search: Search,
    fields: Sequence[str],
    *,
    after: uuid.UUID | None,
    before: uuid.UUID | None,
    size: int,
) -> RunsPage:
    ids = search.ids(size + 1, after=after, before=before)
    found = list(Run.objects.filter(pk__in=ids).select_related("job").only(*fields).order_by("-pk"))
    more = len(found) > size
    rows = found[-size:] if before else found[:size]
    edge = None if more or search.is_exact else search.edge(after=after, before=before)
    first, last = (rows[0].pk, rows[-1].pk) if rows else (None, None)
    if before:
        return RunsPage(rows, edge or first, last, more or edge is not None, True, _moment(edge))
    further = more or edge is not None
    return RunsPage(rows, first, edge or last, after is not None, further, _moment(edge))


def _moment(edge: uuid.UUID | None) -> datetime | None:
    return made_at(edge) if edge else None


LIST_FIELDS = (
    "id", "state", "reason", "trigger", "queue", "scheduled_for", "available_at", "started_at",
    "finished_at", "attempt", "error", "worker", "task", "job_version", "created_at",
    "job__name", "job__timezone",
)  # fmt: skip
WHOLE_FIELDS = (*(field.name for field in Run._meta.concrete_fields), "job__name")
