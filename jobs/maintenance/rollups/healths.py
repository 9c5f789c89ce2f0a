"""What the runs that have just ended make of their jobs' healths."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import ceil

from jobs.maintenance.rollups.ended import Ended
from jobs.models import Job, JobHealth, RecentRun, RunState

RECENT = 30
FAILURES = frozenset({RunState.FAILED, RunState.TIMED_OUT})


def add_to_healths(runs: Iterable[Ended]) -> None:
    """Bring the healths of these runs' jobs up to date; locks them, in the order of their jobs."""
    by_job: dict[uuid.UUID, list[Ended]] = defaultdict(list)
    for run in runs:
        by_job[run.job_id].append(run)
    healths = _locked(by_job)
    for health in healths:
        absorb(health, by_job[health.job_id])
    # A row that somebody's save has made meanwhile is written over only where it is the roll-up's.
    JobHealth.objects.bulk_create(
        healths, update_conflicts=True, unique_fields=["job"], update_fields=JobHealth.ROLLED, batch_size=500
    )


def _locked(job_ids: Iterable[uuid.UUID]) -> Sequence[JobHealth]:
    wanted = set(job_ids)
    stored = list(JobHealth.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    missing = wanted - {health.pk for health in stored}
    jobs = Job.objects.filter(pk__in=missing).only("name", "enabled", "archived_at") if missing else ()
    return [*stored, *(JobHealth(job=job).copied(job) for job in jobs)]


def absorb(health: JobHealth, runs: Sequence[Ended]) -> None:
    """Add runs that have ended, in whatever order they come."""
    fresh = [RecentRun(run.finished_at, run.id, RunState(run.state), run.duration_ms) for run in runs]
    known = sorted([*health.recent_runs, *fresh], key=lambda run: run.order)
    health.consecutive_failures = _failures_in_a_row(health, known, fresh)
    health.last_success_at = max(_successes_ended_at(health, fresh), default=None)
    _note_last(health, known[-1], {run.id: run for run in runs})
    health.recent = [run.packed() for run in known[-RECENT:]]
    durations = _success_durations(known[-RECENT:])
    health.p50_ms, health.p95_ms = _percentile(durations, 0.50), _percentile(durations, 0.95)


def _failures_in_a_row(health: JobHealth, known: Sequence[RecentRun], fresh: Sequence[RecentRun]) -> int:
    """Counted back to the last success if it is among the known ones; else there are so many more than before."""
    row = 0
    for run in reversed(known):
        if run.state == RunState.SUCCEEDED:
            return row
        row += run.state in FAILURES
    since = health.last_success_at
    more = [run for run in fresh if run.state in FAILURES and (since is None or run.finished_at > since)]
    return health.consecutive_failures + len(more)


def _successes_ended_at(health: JobHealth, fresh: Sequence[RecentRun]) -> list[datetime]:
    ended = [run.finished_at for run in fresh if run.state == RunState.SUCCEEDED]
    return [*ended, health.last_success_at] if health.last_success_at else ended


def _note_last(health: JobHealth, last: RecentRun, fresh: dict[uuid.UUID, Ended]) -> None:
    if last.run_id in fresh:
        health.last_run_id, health.last_state = last.run_id, last.state
        health.last_finished_at, health.last_duration_ms = last.finished_at, last.duration_ms
        health.is_missed = fresh[last.run_id].skip_reason == "missed"


def _success_durations(runs: Sequence[RecentRun]) -> list[int]:
    return sorted(run.duration_ms for run in runs if run.state == RunState.SUCCEEDED and run.duration_ms is not None)


def _percentile(ordered: Sequence[int], share: float) -> int | None:
    """The nearest rank: a duration that was measured."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None
