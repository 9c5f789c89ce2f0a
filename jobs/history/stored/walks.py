"""Walking through runs and attempts, page by page along an index, so that memory does not grow with them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from typing import Any

from django.db.models import Q, QuerySet
from django_celery_results.models import TaskResult

from jobs.history.stored.rows import attempt_columns, run_columns
from jobs.history.stored.scope import Scope
from jobs.models import Run, Trigger
from jobs.models.ids import first_id_at

PAGE = 2_000
SCHEDULED, DROPPED = "s:", "d:"  # how the occurrence keys begin
BY_MOMENT = itemgetter("scheduled_for")
CLOCKS = timedelta(minutes=5)  # by which the clock that an id is made with may differ from the database's
Page = list[dict[str, Any]]


def runs_since(scope: Scope) -> Iterator[Page]:
    """All runs that were made since, or had not ended before, in the order in which they were made."""
    runs = Run.objects.all()
    if scope.since:
        older = Q(finished_at__gte=scope.since) | Q(finished_at=None)
        runs = runs.filter(Q(id__gte=first_id_at(scope.since - CLOCKS)) | older)
    after = uuid.UUID(int=0)
    while page := list(run_columns(runs.filter(id__gt=after)).order_by("id")[:PAGE]):
        scope.check_time()
        yield page
        after = page[-1]["id"]


def attempts_since(scope: Scope) -> Iterator[Page]:
    """All results that had not ended before, plain tasks' among them, in the order in which they began."""
    results = TaskResult.objects.all()
    if scope.since:
        older = Q(date_done__gte=scope.since) | Q(status="STARTED")
        yield from _by_start(scope, results.filter(older, date_created__lt=scope.since))
        results = results.filter(date_created__gte=scope.since)
    yield from _by_start(scope, results)


def _by_start(scope: Scope, results: QuerySet[TaskResult]) -> Iterator[Page]:
    following = results
    while page := list(attempt_columns(following).order_by("date_created", "id")[:PAGE]):
        scope.check_time()
        yield page
        following = results.filter(_behind(page[-1]["date_created"], page[-1]["id"]))


def _behind(moment: datetime, key: int) -> Q:
    return Q(date_created__gte=moment) & (Q(date_created__gt=moment) | Q(id__gt=key))


def records_of(scope: Scope, job_id: uuid.UUID, since: datetime) -> Iterator[dict[str, Any]]:
    """The scheduled runs of one job that account for moments from ``since`` on, by ``scheduled_for``.

    Along the unique index of occurrence keys, which have the moment in them. Two kinds of rows are few and come from
    beside it: those that count what an operator's verb took away, and those that reach in from before.
    """
    runs = Run.objects.filter(job_id=job_id, trigger=Trigger.SCHEDULE)
    made_since = runs.filter(id__gte=first_id_at(since - CLOCKS), skipped_until__gte=since)
    beside = made_since.filter(Q(occurrence_key__startswith=DROPPED) | Q(scheduled_for__lt=since))
    yield from merge(run_columns(beside).order_by("scheduled_for"), _by_moment(scope, runs, since), key=BY_MOMENT)


def _by_moment(scope: Scope, runs: QuerySet[Run], since: datetime) -> Iterator[dict[str, Any]]:
    runs = runs.filter(scheduled_for__gte=since, occurrence_key__startswith=SCHEDULED)
    after = f"{SCHEDULED}{since:%Y-%m-%dT%H:%M:%S}"
    while page := list(run_columns(runs.filter(occurrence_key__gt=after)).order_by("occurrence_key")[:PAGE]):
        scope.check_time()
        yield from page
        after = page[-1]["occurrence_key"]
