"""Deadlines that have passed: had the occurrence succeeded by then, or not?"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from jobs.maintenance.expectations.words import on_the_jobs_clock
from jobs.models import Miss, MissKind, Run, RunState
from jobs.models.run import RunQuerySet
from jobs.queries.why.job import why_run

AT_ONCE = 200
# A run that succeeded just in time may be committed a little later.
SETTLED = timedelta(seconds=5)
GENERATIONS = 5
#: What the reasons of occurrences begin with that a person has taken away: nobody need be told.
TAKEN_AWAY = ("archived", "edited", "paused")


def judge_deadlines(now: datetime) -> int:
    """Decide over the oldest deadlines that are not decided; returns how many were missed.

    One query where there is none. Reasons are looked up before the rows are locked.
    """
    due = Run.objects.to_judge(now - SETTLED).order_by("succeed_by").select_related("job")
    runs = list(due.defer("params", "job__params", "job__metadata")[:AT_ONCE])
    if not runs:
        return 0
    met = {run.pk for run in runs if _had_succeeded(run)} | _met_by_others(runs)
    late = [run for run in runs if run.pk not in met]
    misses = {run.pk: _miss(run, now) for run in late}
    with transaction.atomic():
        _undecided([run.pk for run in runs if run.pk in met]).update(in_time=True)
        return _write(misses)


def _write(misses: Mapping[uuid.UUID, Miss]) -> int:
    """Of runs that somebody else has decided about meanwhile, or holds now, nothing is written."""
    rows = _undecided(list(misses)).select_for_update(no_key=True, skip_locked=True)
    free = list(rows.filter(in_time=None).values_list("pk", flat=True))
    Run.objects.filter(pk__in=free).update(in_time=False)
    Miss.objects.bulk_create([misses[pk] for pk in free], ignore_conflicts=True)
    return len(free)


def _undecided(ids: Sequence[uuid.UUID]) -> RunQuerySet:
    found: RunQuerySet = Run.objects.filter(pk__in=ids, in_time=None)
    return found


def _had_succeeded(run: Run) -> bool:
    return _is_success(run.state, run.finished_at, run.succeed_by)


def _is_success(state: str, ended: datetime | None, by: datetime | None) -> bool:
    return state == RunState.SUCCEEDED and bool(ended and by and ended <= by)


def _met_by_others(runs: Sequence[Run]) -> set[uuid.UUID]:
    """Those of which a rerun, or a rerun of that, has succeeded in time, or the run that they were
    skipped for.
    """
    by = {run.pk: run.succeed_by for run in runs}
    others = {run.other_run: run.pk for run in runs if run.other_run}
    met = {
        others[pk]
        for pk, ended in _successes(Run.objects.filter(pk__in=list(others)))
        if (limit := by[others[pk]]) and ended <= limit
    }
    first_of = {run.pk: run.pk for run in runs}
    for generation in _generations(list(first_of)):
        first_of |= {child: first_of[parent] for child, parent, _, _ in generation}
        met |= {
            first_of[child]
            for child, _, state, ended in generation
            if _is_success(state, ended, by[first_of[child]])
        }
    return met


def _successes(runs: RunQuerySet) -> Iterator[tuple[uuid.UUID, datetime]]:
    rows = runs.filter(state=RunState.SUCCEEDED).values_list("pk", "finished_at")
    return ((pk, ended) for pk, ended in rows if ended)


Rerun = tuple[uuid.UUID, uuid.UUID, str, datetime | None]


def _generations(ids: list[uuid.UUID]) -> Iterator[list[Rerun]]:
    """The reruns of these runs, then the reruns of those: one query each."""
    for _ in range(GENERATIONS):
        reruns = Run.objects.filter(parent__in=ids)
        found = list(reruns.values_list("pk", F("parent_id"), "state", "finished_at"))
        if not found:
            return
        yield found
        ids = [pk for pk, *_ in found]


def _miss(run: Run, now: datetime) -> Miss:
    assert run.succeed_by is not None
    because = why_run(run, now=now).sentence
    due, by = (
        on_the_jobs_clock(moment, run.job.timezone)
        for moment in (run.scheduled_for, run.succeed_by)
    )
    is_taken_away = run.state == RunState.SKIPPED and run.reason.startswith(TAKEN_AWAY)
    return Miss(
        run=run,
        job=run.job,
        kind=MissKind.OVERDUE,
        message=f"The occurrence of {due} had not succeeded by {by}. {because}"[:1000],
        at=run.succeed_by,
        known_at=now,
        over_at=now if is_taken_away else None,
    )
