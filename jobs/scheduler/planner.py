"""Planning: due jobs become runs, under the lock of their JobState, so that many planners may do it at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from jobs import conf
from jobs.dispatch.clock import database_now
from jobs.dispatch.occurrences import make_run, make_skip, write_runs
from jobs.models import Job, JobState, Run
from jobs.models.job_state import rule_key
from jobs.scheduler.misfire import Misfire, Skip, Verdict
from jobs.scheduler.set_aside import SetAside
from jobs.schedules import Schedule

logger = logging.getLogger(__name__)

CHUNK = 50_000  # moments looked at in one transaction; what is beyond waits for the next
FEW = 20
aside = SetAside()


def next_due() -> tuple[datetime | None, datetime]:
    """When the next job is due, and the database's time; one statement unless nothing at all is planned."""
    planned = JobState.objects.exclude(next_run_at=None).order_by("next_run_at")
    return planned.values_list("next_run_at", Now()).first() or (None, database_now())


def plan_due(*, now: datetime) -> int:
    """Plan one batch of jobs due at ``now``; returns how many jobs, 0 when none is left that nobody else holds.

    A job that cannot be planned because somebody keeps its row, or a run of it, locked is set aside for a while.
    """
    due = JobState.objects.filter(next_run_at__lte=now).order_by("next_run_at")
    return aside.plan(due, lambda states: _plan(states, now))


def _plan(due: QuerySet[JobState], now: datetime) -> int:
    with transaction.atomic():
        states = list(due.select_for_update(skip_locked=True, no_key=True)[: conf.get().plan_batch])
        # A second statement: one joined with the lock could return the job as it was before the lock was granted.
        jobs = Job.objects.in_bulk([state.job_id for state in states])
        batch = Batch(now)
        planned = [state for state in states if batch.plan(state, jobs[state.job_id])]
        write_runs(batch.runs, now=now)
        _advance(planned)
    return len(planned)


class Batch:
    """The runs that one transaction is going to write."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.runs: list[Run] = []
        self.looked_at = 0

    def plan(self, state: JobState, job: Job) -> bool:
        """Account for every due moment of the job and advance its state; False if the batch's budget is used up."""
        if self.looked_at > CHUNK:
            return False
        if state.rule_key != rule_key(job):  # changed behind Job.save(), by a QuerySet.update()
            state.replanned(job, self.now)
        try:
            self._account(state, job)
        except Exception as error:  # one broken job is parked, visibly; the others go on
            logger.exception("job parked: its schedule cannot be planned", extra={"job": job.name})
            state.next_run_at, state.schedule_error = None, f"{type(error).__name__}: {error}"
        return True

    def _account(self, state: JobState, job: Job) -> None:
        first = state.next_run_at
        if first is None or first > self.now:
            return
        plan = state.plan(job)
        moments = _due(plan, first, state.last_scheduled_for, self.now)
        self.looked_at += len(moments)
        if not moments:
            state.next_run_at = plan.next_after(max(self.now, state.last_scheduled_for or self.now))
            return
        verdict = _judge(job, moments, self.now)
        self.runs += [make_run(job, moment, now=self.now) for moment in verdict.run]
        self.runs += [make_skip(job, s.first, s.last, s.count, now=self.now, reason=s.reason) for s in verdict.skips]
        state.last_scheduled_for = moments[-1]
        state.next_run_at = plan.next_after(moments[-1])


def _due(plan: Schedule, first: datetime, last: datetime | None, now: datetime) -> list[datetime]:
    """The moments to account for, from ``first`` on; what is accounted for stays so, even if its run was pruned."""
    if last is None or first > last:
        return [first, *plan.between(first, now, CHUNK)]
    return plan.between(last, now, CHUNK)


def _judge(job: Job, moments: list[datetime], now: datetime) -> Verdict:
    if len(moments) > CHUNK:
        return Verdict((), (Skip(moments[0], moments[-1], len(moments), "missed: far behind after a long outage"),))
    misfire = Misfire(
        policy=job.misfire_policy,
        on_time=timedelta(seconds=conf.get().on_time_seconds),
        window=timedelta(seconds=job.misfire_window_seconds),
        limit=conf.get().catch_up_limit,
    )
    return misfire.judge(moments, now=now)


def _advance(states: Iterable[JobState]) -> None:
    """Write the states back: jobs that share their times, as most jobs of a minute do, in one UPDATE."""
    fields = ["rule_key", "anchor", "next_run_at", "last_scheduled_for", "schedule_error"]
    same: dict[tuple[datetime | None, datetime | None], list[JobState]] = defaultdict(list)
    for state in states:
        same[state.next_run_at, state.last_scheduled_for].append(state)
    for (upcoming, last), group in same.items() if len(same) <= FEW else ():
        ids = [state.job_id for state in group]
        JobState.objects.filter(pk__in=ids).update(next_run_at=upcoming, last_scheduled_for=last)
    touched = states if len(same) > FEW else [state for state in states if state.schedule_error]
    JobState.objects.bulk_update(touched, fields, batch_size=250)
