"""Runs that have just ended: were they of the usual length, and did they return enough?

Called by the roll-up, which meets each ended run once, in its transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from django.db.models import Q
from django_celery_results.models import TaskResult

from jobs.expectations import parse_least_output
from jobs.isolation import each_by_itself
from jobs.maintenance.expectations.lengths import LengthVerdict, Usual, too_short, too_slow
from jobs.models import Job, Miss, MissKind, Run, RunState

ENDED_BY_ITSELF = (RunState.SUCCEEDED, RunState.FAILED, RunState.TIMED_OUT)
NUMBER = ("job_id", "publish_count")
EXPECTING = Q(longest_run__gt="") | Q(shortest_run__gt="") | Q(least_output__gt="")


class Expecting:
    """A job that expects something of every run."""

    def __init__(self, row: Sequence[object]) -> None:
        self.id, longest, shortest, self.least_output, p95_ms, recent = row
        self.usual = Usual(longest, shortest, p95_ms, recent)  # type: ignore[arg-type]


COLUMNS = (
    "pk", "longest_run", "shortest_run", "least_output", "health__p95_ms", "health__recent",
)  # fmt: skip


def note_in_time(ids: Sequence[uuid.UUID]) -> None:
    """These have succeeded by their deadline."""
    if ids:
        Run.objects.filter(pk__in=ids, in_time=None).update(in_time=True)


def judge_ended(job_of: Mapping[uuid.UUID, uuid.UUID], *, now: datetime) -> None:
    """Note what was not met by these runs, given with their jobs.

    One query where nothing is expected of them. The jobs' percentiles must not have these runs in
    them yet.
    """
    jobs = Job.objects.filter(EXPECTING, pk__in=set(job_of.values())).values_list(*COLUMNS)
    expecting = {row[0]: Expecting(row) for row in jobs}
    watched = [pk for pk in job_of if job_of[pk] in expecting]
    if watched:
        _judge(watched, expecting, now)


def _judge(
    ids: Collection[uuid.UUID], expecting: Mapping[uuid.UUID, Expecting], now: datetime
) -> None:
    runs = list(
        Run.objects.filter(pk__in=ids, state__in=ENDED_BY_ITSELF, started_at__isnull=False)
        .select_related("job")
        .only("job__timezone", "state", "scheduled_for", "started_at", "finished_at", *NUMBER)
    )
    results = _results([run for run in runs if expecting[run.job_id].least_output])

    def judge(run: Run) -> list[Miss]:
        verdicts = _verdicts(run, expecting[run.job_id], results.get(run.message_id))
        return [verdict.miss(run, now=now) for verdict in verdicts]

    misses = chain.from_iterable(each_by_itself(runs, judge, what="run not judged"))
    Miss.objects.bulk_create(misses, ignore_conflicts=True, batch_size=500)


def _results(runs: Sequence[Run]) -> dict[str, str | None]:
    """Of the successes among these, by the ids of their messages."""
    ids = [run.message_id for run in runs if run.state == RunState.SUCCEEDED]
    rows = TaskResult.objects.filter(task_id__in=ids).values_list("task_id", "result")
    return dict(rows) if ids else {}


def _verdicts(run: Run, job: Expecting, result: str | None) -> Iterator[LengthVerdict]:
    assert run.started_at is not None
    assert run.finished_at is not None
    if slow := too_slow(job.usual, run.started_at, run.finished_at, is_running=False):
        yield slow
    if run.state != RunState.SUCCEEDED:
        return
    if short := too_short(job.usual, run.started_at, run.finished_at):
        yield short
    if job.least_output:
        least = parse_least_output(job.least_output)
        if found := least.shortfall(result):
            said = f"returned {found}; at least {least} must be returned"
            yield LengthVerdict(MissKind.SMALL_OUTPUT, run.finished_at, said)
