"""The overlap policies: what a new run does while an earlier one of its job is not over.

Decided under the job's lock (JobState) by whoever writes the run; two partial unique constraints
are the net below.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce

from jobs.database.unlocked import unlocked
from jobs.models import Backfill, BackfillState, OverlapPolicy, Run, RunState
from jobs.words import duration

OCCUPYING = (RunState.QUEUED, RunState.RUNNING)


@dataclass
class Occupancy:
    """A job's open runs: those that run or are about to, and the one that waits for them."""

    active: list[Run] = field(default_factory=list)
    waiting: Run | None = None


def settle_overlap(
    runs: Sequence[Run], *, now: datetime, policy: OverlapPolicy | None = None
) -> None:
    """Let each new queued run start, wait or be skipped, as its job's policy says, or ``policy`` in
    its place.

    ``runs`` are unsaved, ascending, with their jobs loaded, and those jobs' states are locked.
    Earlier runs that a policy cancels or replaces are written here. A job whose runs may overlap
    has nothing to settle.
    """
    exclusive = [
        run
        for run in runs
        if run.state == RunState.QUEUED and run.job.overlap_policy != OverlapPolicy.ALLOW
    ]
    if not exclusive:
        return
    open_runs = _open_runs({run.job_id for run in exclusive})
    for run in exclusive:
        POLICIES[policy or run.job.overlap_policy](run, open_runs[run.job_id], now)


def release_waiting(job_ids: Collection[uuid.UUID] | None = None, *, using: str = "default") -> int:
    """Queue the waiting run of each of these jobs (of all) whose active runs are over; returns how
    many.

    Where a backfill of the job waits too, they take turns: see ``backfill_is_next``.
    """
    active = Run.objects.using(using).filter(job=OuterRef("job"), state__in=OCCUPYING)
    waiting = Run.objects.using(using).filter(state=RunState.BLOCKED, exclusive=True, backfill=None)
    if job_ids is not None:
        waiting = waiting.filter(job_id__in=job_ids)
    free = waiting.filter(~Exists(active), ~backfill_is_next(using))
    return unlocked(free).move(RunState.QUEUED, reason="", other_run=None)


def backfill_is_next(using: str = "default") -> Q:
    """Of a waiting run: whether its job's running backfills come first, having waited longer since
    they had a turn.
    """
    running = Backfill.objects.using(using).filter(job=OuterRef("job"), state=BackfillState.RUNNING)
    waiting_since = running.annotate(since=Coalesce("released_at", "created_at"))
    before, after = Q(since__lt=OuterRef("created_at")), Q(since__gte=OuterRef("created_at"))
    return Q(Exists(waiting_since.filter(before))) & ~Q(Exists(waiting_since.filter(after)))


def occupancy_of(job_id: uuid.UUID) -> Occupancy:
    """Two queries: one job's open runs, as they are; without its lock another may come at any
    moment.
    """
    return _open_runs({job_id})[job_id]


def _open_runs(job_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Occupancy]:
    occupied: dict[uuid.UUID, Occupancy] = defaultdict(Occupancy)
    fields = ("id", "job_id", "state", "scheduled_for", "started_at")
    for run in Run.objects.filter(
        job_id__in=job_ids, state__in=RunState.active(), backfill=None
    ).only(*fields):
        if run.state == RunState.BLOCKED:
            occupied[run.job_id].waiting = run
        else:
            occupied[run.job_id].active.append(run)
    for run in Run.objects.filter(
        job_id__in=job_ids, state__in=OCCUPYING, backfill__isnull=False
    ).only(*fields):
        occupied[run.job_id].active.append(run)
    return occupied


def _start(run: Run, occupancy: Occupancy) -> None:
    run.exclusive = True
    occupancy.active = [run]


def _wait(run: Run, occupancy: Occupancy) -> None:
    run.state, run.exclusive = RunState.BLOCKED, True
    run.reason, run.other_run = (
        f"overlap: waits for {_named(occupancy.active[0], run.scheduled_for)}",
        occupancy.active[0].pk,
    )
    occupancy.waiting = run


def _skip(run: Run, reason: str, other: Run, now: datetime) -> None:
    run.state, run.reason, run.finished_at = RunState.SKIPPED, f"overlap: {reason}", now
    run.other_run, run.exclusive = other.pk, False


def _named(run: Run, beside: datetime) -> str:
    """A run as people know it: by when it was due, with the date where that is another than that of
    ``beside``.
    """
    due, other = run.scheduled_for.astimezone(UTC), beside.astimezone(UTC)
    return (
        f"the run of {due:%H:%M:%S} UTC"
        if due.date() == other.date()
        else f"the run of {due:%Y-%m-%d %H:%M:%S} UTC"
    )


def still(run: Run, now: datetime) -> str:
    """What an earlier run that is not finished is doing: ``the run of 18:32:00 UTC was still
    running (32 s)``.
    """
    if run.state == RunState.RUNNING and run.started_at:
        return (
            f"{_named(run, now)} was still running "
            f"({duration(max(0, int((now - run.started_at).total_seconds())))})"
        )
    return f"{_named(run, now)} was still waiting"


def _skip_if_occupied(run: Run, occupancy: Occupancy, now: datetime) -> None:
    earlier = occupancy.active[0] if occupancy.active else occupancy.waiting
    if earlier:
        _skip(run, still(earlier, now), earlier, now)
    else:
        _start(run, occupancy)


def _queue_one(run: Run, occupancy: Occupancy, now: datetime) -> None:
    if occupancy.waiting:
        _skip(run, still(occupancy.waiting, now), occupancy.waiting, now)
    elif occupancy.active:
        _wait(run, occupancy)
    else:
        _start(run, occupancy)


def _cancel_running(run: Run, occupancy: Occupancy, now: datetime) -> None:
    # The active ones first: who ends a run holds its row while letting go of the one that waits.
    open_runs = [*occupancy.active, occupancy.waiting] if occupancy.waiting else occupancy.active
    occupancy.waiting = None
    occupancy.active = [earlier for earlier in open_runs if not _supersede(earlier, run, now)]
    if occupancy.active:
        _wait(run, occupancy)
    else:
        _start(run, occupancy)


def _supersede(earlier: Run, run: Run, now: datetime) -> bool:
    """End an earlier run for a newer one; False if it is running, and has been asked to stop
    instead.
    """
    reason = f"replaced by {_named(run, earlier.scheduled_for)}"
    if earlier._state.adding:
        _skip(earlier, reason, run, now)
        return True
    stored, told = (
        Run.objects.filter(pk=earlier.pk),
        {"reason": f"overlap: {reason}", "other_run": run.pk},
    )
    if stored.exclude(state=RunState.RUNNING).move(RunState.CANCELLED, finished_at=now, **told):
        return True
    return not stored.filter(state=RunState.RUNNING).update(cancel_requested_at=now, **told)


POLICIES: dict[str, Callable[[Run, Occupancy, datetime], None]] = {
    OverlapPolicy.SKIP: _skip_if_occupied,
    OverlapPolicy.QUEUE: _queue_one,
    OverlapPolicy.CANCEL_RUNNING: _cancel_running,
}
