"""What the runs that have just ended make of their jobs' healths."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from jobs.maintenance.rollups.ended import EndedRun
from jobs.models import Job, JobHealth, RecentRun, RunState
from jobs.models.stats.job_health import LETTERS

Packed = tuple[Any, ...]

RECENT = 30
#: What a health repeats of its job.
REPEATED = ("name", "enabled", "archived_at", "longest_silence_seconds", "updated_at")
FAILURES = frozenset({RunState.FAILED, RunState.TIMED_OUT})
SUCCESS = LETTERS[RunState.SUCCEEDED]
FAILURE_LETTERS = frozenset(LETTERS[state] for state in FAILURES)


def add_to_healths(runs: Iterable[EndedRun]) -> None:
    """Bring the healths of these runs' jobs up to date; locks them, in the order of their jobs."""
    by_job: dict[uuid.UUID, list[EndedRun]] = defaultdict(list)
    for run in runs:
        by_job[run.job_id].append(run)
    healths = _locked(by_job)
    for health in healths:
        absorb(health, by_job[health.job_id])
    # A row that somebody's save has made meanwhile is written over only where it is the roll-up's.
    JobHealth.objects.bulk_create(
        healths,
        update_conflicts=True,
        unique_fields=["job"],
        update_fields=JobHealth.ROLLED,
        batch_size=500,
    )


def _locked(job_ids: Iterable[uuid.UUID]) -> Sequence[JobHealth]:
    wanted = set(job_ids)
    stored = list(
        JobHealth.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    )
    missing = wanted - {health.pk for health in stored}
    jobs = Job.objects.filter(pk__in=missing).only(*REPEATED) if missing else ()
    return [*stored, *(JobHealth(job=job).copied(job) for job in jobs)]


def absorb(health: JobHealth, runs: Sequence[EndedRun]) -> None:
    """Add runs that have ended, in whatever order they come.

    What is stored is not unpacked: there is much of it.
    """
    fresh = {_packed(run): run for run in runs}
    known = sorted([*map(tuple, health.recent), *fresh], key=RecentRun.order)
    health.consecutive_failures = _failures_in_a_row(health, known, runs)
    successes = [run.finished_at for run in runs if run.state == RunState.SUCCEEDED]
    health.last_success_at = max(
        [*successes, *filter(None, [health.last_success_at])], default=None
    )
    if last := fresh.get(known[-1]):
        _note_last(health, last)
    health.recent = known[-RECENT:]
    health.silent_from = _silent_from(health, runs)
    durations = sorted(
        took for _, _, letter, took in health.recent if letter == SUCCESS and took is not None
    )
    health.p50_ms, health.p95_ms = _percentile(durations, 0.50), _percentile(durations, 0.95)


def _packed(run: EndedRun) -> Packed:
    return tuple(RecentRun(run.finished_at, run.id, RunState(run.state), run.duration_ms).packed())


def _failures_in_a_row(
    health: JobHealth, known: Sequence[Packed], fresh: Sequence[EndedRun]
) -> int:
    """Counted back to the last success if it is among the known ones; else there are so many more
    than before.
    """
    row = 0
    for _, _, letter, _ in reversed(known):
        if letter == SUCCESS:
            return row
        row += letter in FAILURE_LETTERS
    since = health.last_success_at
    more = [
        run for run in fresh if run.state in FAILURES and (since is None or run.finished_at > since)
    ]
    return health.consecutive_failures + len(more)


def _note_last(health: JobHealth, run: EndedRun) -> None:
    health.last_run_id, health.last_state = run.id, run.state
    health.last_finished_at, health.last_duration_ms = run.finished_at, run.duration_ms
    health.is_missed = run.skip_reason == "missed"


def _silent_from(health: JobHealth, runs: Sequence[EndedRun]) -> datetime | None:
    """It only grows: runs come in whatever order."""
    starts = [
        run.finished_at - timedelta(milliseconds=run.duration_ms)
        for run in runs
        if run.duration_ms is not None
    ]
    moments = [health.silent_from, *map(health.silent_after, starts)]
    return max((moment for moment in moments if moment is not None), default=None)


def _percentile(ordered: Sequence[int], share: float) -> int | None:
    """The nearest rank: a duration that was measured."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None
