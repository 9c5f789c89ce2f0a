"""Planning: due jobs become runs, under the lock of their JobState, so that many planners may do it
at once.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.db.utils import DatabaseError, InterfaceError

from jobs import conf
from jobs.dispatch.clock import database_now
from jobs.dispatch.messages.outgoing import Outgoing
from jobs.dispatch.occurrences import make_run, make_skip, write_runs
from jobs.dispatch.on_record import left_over, on_record
from jobs.models import CalendarSet, Job, JobState, Run
from jobs.models.job_state import rule_key
from jobs.params.limits import UNSTORABLE
from jobs.scheduler.closed import Piece, closed_reasons, skipped_pieces
from jobs.scheduler.direct import Direct
from jobs.scheduler.misfire import Skip, Verdict, misfire_of
from jobs.scheduler.set_aside import SetAside
from jobs.schedules import Schedule

logger = logging.getLogger(__name__)

CHUNK = 50_000  # moments looked at in one transaction; what is beyond waits for the next
FEW = 20
aside = SetAside()


def next_due() -> tuple[datetime | None, datetime]:
    """When the next job is due, and the database's time; one statement unless nothing at all is
    planned.
    """
    planned = JobState.objects.exclude(next_run_at=None).order_by("next_run_at")
    try:
        return planned.values_list("next_run_at", Now()).first() or (None, database_now())
    except (ValueError, TypeError, OverflowError):  # SQLite keeps any text where a moment should be
        park_unreadable()
        return None, database_now()


def plan_due(*, now: datetime, direct: Direct | None = None) -> int:
    """Plan one batch of jobs due at ``now``; returns how many jobs, 0 when none is left that nobody
    else holds.

    A job that cannot be planned because somebody keeps its row, or a run of it, locked is set aside
    for a while. ``direct`` publishes what it can at once.
    """
    due = JobState.objects.filter(next_run_at__lte=now).order_by("next_run_at")
    return aside.plan(due, lambda states: _plan(states, now, direct))


def _plan(due: QuerySet[JobState], now: datetime, direct: Direct | None) -> int:
    try:
        return _plan_batch(due, now, direct)
    except (DataError, IntegrityError) as error:
        logger.warning(
            "jobs are planned one by one, as a batch of them cannot be written: %s", error
        )
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  # one odd row's; which one, the next line finds out
        logger.warning("jobs are planned one by one, as a batch of them cannot be read: %s", error)
    return plan_singly(due, now)


def _plan_batch(due: QuerySet[JobState], now: datetime, direct: Direct | None) -> int:
    began_ns = time.time_ns()
    sent: list[Outgoing] = []
    with transaction.atomic():
        if direct and direct.is_open:
            sent, states, planned = direct.plan(due)
        else:
            states, planned = (
                list(due.select_for_update(skip_locked=True, no_key=True)[: conf.get().plan_batch]),
                0,
            )
        planned += _plan_states(states, now, direct.calendars if direct else None) if states else 0
    if direct and sent:
        direct.send(sent, began_ns)
    return planned


def _plan_states(
    states: list[JobState], now: datetime, calendars: CalendarSet | None = None
) -> int:
    """Plan states one by one, and write what comes of them together; returns how many there was
    time for.
    """
    # A second statement: one joined with the lock could return the job as it was before the lock
    # was granted.
    jobs = Job.objects.in_bulk([state.job_id for state in states])
    batch = Batch(now, calendars)
    planned = [state for state in states if batch.plan(state, jobs[state.job_id])]
    write_runs(batch.records(), now=now)
    _advance(planned)
    return len(planned)


def plan_singly(due: QuerySet[JobState], now: datetime) -> int:
    """The same batch, each job in a transaction of its own: one that cannot be planned is parked,
    and says why.

    Raises RunsRefused at the end where a job's runs could not be written this time: it is tried
    again.
    """
    planned, refused = 0, None
    for pk in list(due.values_list("pk", flat=True)[: conf.get().plan_batch]):
        try:
            planned += _plan_one(pk, now)
        except RunsRefused as error:
            logger.warning("job %s is not planned: %s", pk, error)
            refused = error
        except (DataError, IntegrityError) as error:
            park(pk, error)
        except (DatabaseError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001  # said in the job's state
            park(pk, error)
    if refused:
        raise refused
    return planned


def _plan_one(pk: uuid.UUID, now: datetime) -> int:
    with transaction.atomic():
        state = (
            JobState.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
        )
        if state is None:
            return 0
        batch = Batch(now)
        batch.plan(state, Job.objects.get(pk=pk))
        try:
            write_runs(batch.records(), now=now)
        except IntegrityError as error:
            raise RunsRefused(str(error)) from error
        _advance([state])
    return 1


def park(pk: uuid.UUID, error: Exception) -> None:
    """Take a job out of the plan, visibly, until somebody saves it."""
    logger.error(
        "job parked, it cannot be planned: %s: %s",
        type(error).__name__,
        error,
        extra={"job_id": str(pk)},
    )
    told = f"{type(error).__name__}: {error}"
    JobState.objects.filter(pk=pk).update(
        next_run_at=None, schedule_error=UNSTORABLE.sub("?", told)[:1000]
    )


def park_unreadable() -> None:
    """Park the jobs whose states cannot even be read, among those that come first."""
    planned = (
        JobState.objects.exclude(next_run_at=None)
        .order_by("next_run_at")
        .values_list("pk", flat=True)
    )
    for pk in list(planned[: conf.get().plan_batch]):
        try:
            JobState.objects.get(pk=pk)
        except (ValueError, TypeError, OverflowError) as error:
            park(pk, error)


class RunsRefused(IntegrityError):
    """Somebody else has written a run of the job meanwhile that these do not go with."""


class Batch:
    """The runs that one transaction is going to write."""

    def __init__(self, now: datetime, calendars: CalendarSet | None = None) -> None:
        self.now = now
        self.calendars = calendars or CalendarSet()
        self.runs: list[Run] = []
        self.skipped: list[tuple[Job, Piece]] = []
        self.looked_at = 0

    def records(self) -> list[Run]:
        """All that is to be written; one query where something is skipped."""
        return [*self.runs, *self._skips()]

    def _skips(self) -> Iterator[Run]:
        if not self.skipped:
            return
        jobs = {job.pk for job, _ in self.skipped}
        first, last = (
            min(skip.first for _, (skip, _) in self.skipped),
            max(skip.last for _, (skip, _) in self.skipped),
        )
        recorded = on_record(jobs, first, last)
        for job, (skip, moments) in self.skipped:
            for some in left_over(moments, recorded.get(job.pk, ())):
                yield make_skip(job, some[0], some[-1], len(some), now=self.now, reason=skip.reason)

    def plan(self, state: JobState, job: Job) -> bool:
        """Account for every due moment of the job and advance its state; False if the batch's
        budget is used up.
        """
        if self.looked_at > CHUNK:
            return False
        try:
            # Changed behind Job.save(), by a QuerySet.update().
            if state.rule_key != rule_key(job, self.calendars):
                state.replanned(job, self.now, self.calendars)
            self._account(state, job)
        except Exception as error:  # one broken job is parked, visibly; the others go on
            logger.exception("job parked: its schedule cannot be planned", extra={"job": job.name})
            state.next_run_at, state.schedule_error = None, f"{type(error).__name__}: {error}"
        return True

    def _account(self, state: JobState, job: Job) -> None:
        first = state.next_run_at
        if first is None or first > self.now:
            return
        plan = state.plan(job, self.calendars)
        moments = _due(plan, first, state.last_scheduled_for, self.now)
        self.looked_at += len(moments)
        if not moments:
            state.next_run_at = plan.next_after(max(self.now, state.last_scheduled_for or self.now))
            return
        self._settle(job, moments)
        state.last_scheduled_for = moments[-1]
        state.next_run_at = plan.next_after(moments[-1])

    def _settle(self, job: Job, moments: Sequence[datetime]) -> None:
        """What calendars close is skipped; over the rest, the misfire policy decides."""
        is_far_behind = len(moments) > CHUNK
        closures = None if is_far_behind else self.calendars.skipping(job)
        closed = closed_reasons(moments, closures)
        still = [moment for moment in moments if moment not in closed] if closed else moments
        verdict = _judge(job, still, self.now) if still else Verdict(())
        self.runs += [make_run(job, moment, now=self.now) for moment in verdict.run]
        pieces = skipped_pieces(moments, still, verdict, closed)
        self.skipped += [(job, piece) for piece in pieces]


def _due(plan: Schedule, first: datetime, last: datetime | None, now: datetime) -> list[datetime]:
    """The moments to account for, from ``first`` on; what is accounted for stays so, even if its
    run was pruned.
    """
    if last is None or first > last:
        return [first, *plan.between(first, now, CHUNK)]
    return plan.between(last, now, CHUNK)


def _judge(job: Job, moments: Sequence[datetime], now: datetime) -> Verdict:
    if len(moments) > CHUNK:
        return Verdict(
            (),
            (
                Skip(
                    moments[0], moments[-1], len(moments), "missed: far behind after a long outage"
                ),
            ),
        )
    return misfire_of(job).judge(moments, now=now)


def _advance(states: Iterable[JobState]) -> None:
    """Write the states back: jobs that share their times, as most jobs of a minute do, in one
    UPDATE.
    """
    fields = ["rule_key", "anchor", "next_run_at", "last_scheduled_for", "schedule_error"]
    same: dict[tuple[datetime | None, datetime | None], list[JobState]] = defaultdict(list)
    for state in states:
        same[state.next_run_at, state.last_scheduled_for].append(state)
    for (upcoming, last), group in same.items() if len(same) <= FEW else ():
        ids = [state.job_id for state in group]
        JobState.objects.filter(pk__in=ids).update(next_run_at=upcoming, last_scheduled_for=last)
    touched = states if len(same) > FEW else [state for state in states if state.schedule_error]
    JobState.objects.bulk_update(touched, fields, batch_size=250)
