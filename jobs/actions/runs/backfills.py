"""Backfill: run the occurrences of a past range, at a pace of its own; and cancel that."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from django.db import transaction

from jobs import schedules
from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions.runs.cancel import Cancelled, cancel_open
from jobs.dispatch.occurrences import make_run
from jobs.dispatch.overlap import release_waiting
from jobs.errors import DomainError
from jobs.models import (
    Backfill,
    BackfillState,
    CalendarSet,
    Job,
    JobState,
    OverlapPolicy,
    Run,
    RunState,
    Trigger,
)
from jobs.models.run import rank
from jobs.moments import TOO_FAR, is_near
from jobs.params.checks import check_params

logger = logging.getLogger(__name__)

MOST = 10_000
MOST_AT_ONCE = 1_000
TICK = timedelta(microseconds=1)


def preview_backfill(job: Job, *, now: datetime, start: datetime, end: datetime) -> list[datetime]:
    """The occurrences in [start, end) that a backfill would run, ascending; writes nothing.

    What calendars skip, as they are now, is not among them.

    The range must be past and hold 1 to 10,000 occurrences: else DomainError naming ``from`` or
    ``to``. Raises ScheduleError, InvalidParams and UnknownTask as well, and DomainError for an
    archived job.
    """
    _refuse_archived(job)
    if end > now:
        raise DomainError(
            "must not be in the future", field="to", hint="a backfill covers only the past"
        )
    if not is_near(start):
        raise DomainError(TOO_FAR, field="from")
    if start >= end:
        raise DomainError("must be before the end of the range", field="from")
    check_params(job.task, job.params)
    calendars = CalendarSet()
    plan = JobState.objects.get(pk=job.pk).plan(job, calendars)
    moments = plan.between(start - TICK, end - TICK, MOST + 1)
    if len(moments) > MOST:
        raise DomainError(
            f"this range has more than {MOST:,} occurrences",
            field="to",
            hint=f"try {_stamp(moments[-1])}",
        )
    if not moments:
        raise DomainError("this range has no occurrences", field="from", hint=_upcoming(plan, end))
    if closures := calendars.skipping(job):
        moments = [moment for moment in moments if not closures.at(moment)]
    if not moments:
        raise DomainError("calendars skip every occurrence in this range", field="from")
    return moments


def backfill_job(
    job: Job,
    *,
    actor: Actor,
    now: datetime,
    start: datetime,
    end: datetime,
    concurrency: int = 1,
    newest_first: bool = False,
    stop_on_failure: bool = False,
) -> Backfill:
    """Write a blocked run per occurrence in [start, end); the backfill service lets ``concurrency``
    go at a time.

    A paused job may be backfilled. Raises what ``preview_backfill`` raises, and DomainError for
    ``concurrency``.
    """
    actor.require("beatwright.backfill_job", job)
    if isinstance(concurrency, bool) or not 1 <= concurrency <= MOST_AT_ONCE:
        raise DomainError(f"must be a whole number from 1 to {MOST_AT_ONCE:,}", field="concurrency")
    moments = preview_backfill(job, now=now, start=start, end=end)
    backfill = Backfill(
        job=job,
        range_start=start,
        range_end=end,
        concurrency=concurrency,
        newest_first=newest_first,
        stop_on_failure=stop_on_failure,
        total=len(moments),
        created_by=actor.name,
        created_at=now,
    )
    _write(backfill, moments, actor=actor, now=now)
    logger.info(
        "backfill begun", extra={"job": job.name, "actor": actor.name, "runs": len(moments)}
    )
    return backfill


def cancel_backfill(backfill: Backfill, *, actor: Actor, now: datetime) -> Cancelled:
    """Cancel its runs that wait and ask those that run to stop.

    Raises DomainError if it is over already.
    """
    actor.require("beatwright.backfill_job", backfill.job)
    with transaction.atomic():
        JobState.objects.lock(backfill.job)
        running = Backfill.objects.filter(pk=backfill.pk, state=BackfillState.RUNNING)
        if not running.update(state=BackfillState.CANCELLED, finished_at=now):
            backfill.refresh_from_db(fields=["state"])
            raise DomainError(
                f"this backfill has finished: {backfill.get_state_display().lower()}", field="state"
            )
        done = cancel_open(Run.objects.filter(backfill=backfill), actor=actor, now=now)
        release_waiting([backfill.job_id])
        audit.record(actor, audit.Verb.CANCEL_BACKFILL, backfill, now=now, after=asdict(done))
    backfill.refresh_from_db()
    logger.info("backfill cancelled", extra={"backfill": str(backfill.pk), "actor": actor.name})
    return done


def _write(backfill: Backfill, moments: Sequence[datetime], *, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        JobState.objects.lock(backfill.job)
        job = Job.objects.get(pk=backfill.job_id)
        _refuse_archived(job)
        backfill.save(force_insert=True)
        Run.objects.bulk_create(
            [_run(job, backfill, moment, now) for moment in moments], batch_size=500
        )
        audit.record(
            actor, audit.Verb.BACKFILL_JOB, backfill, now=now, after=audit.row_snapshot(backfill)
        )


def _run(job: Job, backfill: Backfill, moment: datetime, now: datetime) -> Run:
    key = f"b:{backfill.pk}:{moment:%Y-%m-%dT%H:%M:%SZ}"
    run = make_run(job, moment, now=now, trigger=Trigger.BACKFILL, key=key)
    run.backfill, run.state = backfill, RunState.BLOCKED
    run.reason = "backfill: waits for its turn"
    run.exclusive = job.overlap_policy != OverlapPolicy.ALLOW
    run.available_at, run.rank_at = now, rank(now, run.priority)
    return run


def _refuse_archived(job: Job) -> None:
    if job.archived_at:
        raise DomainError("an archived job cannot be backfilled", field="archived_at")


def _upcoming(plan: schedules.Schedule, moment: datetime) -> str:
    following = plan.next_after(moment - TICK)
    return (
        f"the next one after it is {_stamp(following)}" if following else "there is none after it"
    )


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
