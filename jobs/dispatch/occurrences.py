"""Writing runs: a job and a moment become the record of what is to happen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from jobs import events, schedules
from jobs.dispatch.messages.outgoing import outgoing_of
from jobs.dispatch.overlap import settle_overlap
from jobs.dispatch.pools import needs_of, pool_of
from jobs.expectations import parse_deadline
from jobs.models import Job, OverlapPolicy, Run, RunState, Trigger
from jobs.models.run import occurrence_key, rank
from jobs.schedules.zones import zone_named


def make_run(
    job: Job,
    scheduled_for: datetime,
    *,
    now: datetime,
    trigger: Trigger = Trigger.SCHEDULE,
    key: str | None = None,
    params: dict[str, Any] | None = None,
) -> Run:
    """An unsaved queued run of ``job``; ``key`` defaults to the scheduled occurrence's own.

    Only those are jittered.
    """
    is_scheduled = trigger == Trigger.SCHEDULE
    spread = job.jitter_seconds if is_scheduled else 0
    available_at = scheduled_for + schedules.jitter(job.id, scheduled_for, spread)
    deadline = job.start_deadline_seconds if is_scheduled else None
    return Run(
        job=job,
        occurrence_key=key or occurrence_key(scheduled_for),
        scheduled_for=scheduled_for,
        trigger=trigger,
        queue=job.queue,
        priority=job.priority,
        pool=pool_of(job),
        **needs_of(job),
        task=job.task,
        params=job.params if params is None else params,
        job_version=job.version,
        created_at=now,
        available_at=available_at,
        rank_at=rank(available_at, job.priority),
        start_by=available_at + timedelta(seconds=deadline) if deadline else None,
        succeed_by=succeed_by(job, scheduled_for) if is_scheduled else None,
    )


def succeed_by(job: Job, due: datetime) -> datetime | None:
    """By when the occurrence must have succeeded, the grace included; raises ScheduleError."""
    if not job.must_succeed_by:
        return None
    moment = parse_deadline(job.must_succeed_by).moment(due, zone_named(job.timezone))
    return moment + timedelta(seconds=job.success_grace_seconds)


def make_skip(
    job: Job, first: datetime, last: datetime, count: int, *, now: datetime, reason: str
) -> Run:
    """An unsaved skipped run that accounts for ``count`` occurrences from ``first`` to ``last``."""
    run = make_run(job, first, now=now)
    run.state, run.reason, run.finished_at = RunState.SKIPPED, reason, now
    run.skipped_until, run.skipped_count = last, count
    return run


def write_runs(runs: Sequence[Run], *, now: datetime, policy: OverlapPolicy | None = None) -> None:
    """Settle the overlap policies and insert the runs, inside the caller's transaction and under
    the jobs' locks.

    A run whose occurrence already has its record is left alone. Raises IntegrityError if one was
    dropped for any other reason: an occurrence may not vanish. ``policy`` stands in for the overlap
    policies of jobs that have one.
    """
    began_ns = time.time_ns()
    settle_overlap(runs, now=now, policy=policy)
    Run.objects.bulk_create(runs, ignore_conflicts=True, batch_size=500)
    for run in runs:
        if (
            run.exclusive
            and not Run.objects.filter(job=run.job, occurrence_key=run.occurrence_key).exists()
        ):
            raise IntegrityError(f"run of {run.job} for {run.scheduled_for} could not be written")
    if events.runs_planned.receivers:
        told = outgoing_of(runs)
        transaction.on_commit(
            partial(events.runs_planned.send_robust, Run, runs=told, began_ns=began_ns)
        )
