"""Walking through runs and attempts, page by page along an index, so that memory does not grow with
them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db.models import Q, QuerySet
from django_celery_results.models import TaskResult

from jobs.history.stored.rows import attempt_columns, run_columns
from jobs.history.stored.scope import Scope
from jobs.models import Run, RunState, Trigger
from jobs.models.ids import first_id_at

PAGE = 2_000
SCHEDULED, DROPPED = "s:", "d:"  # how the occurrence keys begin
BY_MOMENT = itemgetter("scheduled_for")
# By which the clock that an id is made with may differ from the database's.
CLOCKS = timedelta(minutes=5)
Page = list[dict[str, Any]]
Rows = QuerySet[Any, dict[str, Any]]


def runs_since(scope: Scope) -> Iterator[Page]:
    """All runs that were made since, or had not ended before."""
    runs = Run.objects.all()
    if scope.since:
        first = first_id_at(scope.since - CLOCKS)
        older, runs = runs.filter(id__lt=first), runs.filter(id__gte=first)
        for state in RunState.active():
            yield from _pages(scope, run_columns(older.filter(state=state)), "id")
        yield from _pages(
            scope, run_columns(older.filter(finished_at__gte=scope.since)), "finished_at", "id"
        )
    yield from _pages(scope, run_columns(runs), "id")


def attempts_since(scope: Scope) -> Iterator[Page]:
    """All results that had not ended before, plain tasks' among them, in the order in which they
    began.
    """
    results = TaskResult.objects.all()
    if scope.since:
        older = results.filter(date_created__lt=scope.since)
        at_work = [
            *chain.from_iterable(
                _pages(scope, attempt_columns(older.filter(status="STARTED")), "id")
            ),
            *chain.from_iterable(
                _pages(
                    scope,
                    attempt_columns(older.filter(date_done__gte=scope.since)),
                    "date_done",
                    "id",
                )
            ),
        ]
        yield sorted(
            {row["id"]: row for row in at_work}.values(), key=itemgetter("date_created", "id")
        )
        results = results.filter(date_created__gte=scope.since)
    yield from _pages(scope, attempt_columns(results), "date_created", "id")


def _pages(scope: Scope, rows: Rows, *order: str) -> Iterator[Page]:
    """These rows along an index of ``order``, whose last column tells all of them apart."""
    following = rows
    while page := list(following.order_by(*order)[:PAGE]):
        scope.check_time()
        yield page
        following = rows.filter(_behind(page[-1], *order))


def _behind(row: dict[str, Any], first: str, *rest: str) -> Q:
    """What comes behind this row in that order."""
    if not rest:
        return Q(**{f"{first}__gt": row[first]})
    beyond = Q(**{f"{first}__gt": row[first]}) | _behind(row, *rest)
    return Q(**{f"{first}__gte": row[first]}) & beyond


def records_of(scope: Scope, job_id: uuid.UUID, since: datetime) -> Iterator[dict[str, Any]]:
    """The scheduled runs of one job that account for moments from ``since`` on, by
    ``scheduled_for``.

    Along the unique index of occurrence keys, which have the moment in them. Two kinds of rows are
    few and come from beside it: those that count what an operator's verb took away, and those that
    reach in from before.
    """
    runs = Run.objects.filter(job_id=job_id, trigger=Trigger.SCHEDULE)
    made_since = runs.filter(id__gte=first_id_at(since - CLOCKS), skipped_until__gte=since)
    beside = made_since.filter(Q(occurrence_key__startswith=DROPPED) | Q(scheduled_for__lt=since))
    yield from merge(
        run_columns(beside).order_by("scheduled_for"), _by_moment(scope, runs, since), key=BY_MOMENT
    )


def _by_moment(scope: Scope, runs: QuerySet[Run], since: datetime) -> Iterator[dict[str, Any]]:
    from_key = f"{SCHEDULED}{since:%Y-%m-%dT%H:%M:%S}"
    keyed = runs.filter(
        scheduled_for__gte=since, occurrence_key__startswith=SCHEDULED, occurrence_key__gte=from_key
    )  # fmt: skip
    yield from chain.from_iterable(_pages(scope, run_columns(keyed), "occurrence_key"))
