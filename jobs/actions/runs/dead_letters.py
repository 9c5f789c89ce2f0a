"""Requeue and discard: what people make of runs that failed for good.

Each is resolved once, whoever comes first.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions.command_rights import require_command
from jobs.actions.masking.references import refuse_unfit
from jobs.actions.runs.run import rerun_params
from jobs.dispatch.occurrences import make_run, write_runs
from jobs.errors import DomainError
from jobs.models import Job, JobState, OverlapPolicy, Run, RunState, Trigger
from jobs.models.run import rank
from jobs.params.checks import check_params
from jobs.params.limits import UNSTORABLE

logger = logging.getLogger(__name__)

REASON_MOST = 450
DISCARDED = "discarded: "  # and why: the resolution of what nobody wants to run again
FASTEST = 10_000
SLOWEST = 0.001
ONE_AT_A_TIME = "its job runs one at a time, and another run of it was just requeued"


class NotRequeued(DomainError):
    """A dead letter that has to stay one, and why."""


@dataclass
class Requeued:
    """What became of each: the new run by dead letter, and those left as they were with the
    reason.
    """

    runs: dict[uuid.UUID, Run] = field(default_factory=dict)
    left: dict[uuid.UUID, str] = field(default_factory=dict)


def requeue(
    dead: Iterable[Run],
    *,
    actor: Actor,
    now: datetime,
    params: dict[str, Any] | None = None,
    rate: float | None = None,
    dry_run: bool = False,
) -> Requeued:
    """Give each dead letter a rerun and resolve it, both in one transaction of its own.

    ``params`` replace each run's own. ``rate`` spreads the reruns: so many a second, the first one
    now. One that cannot be run again is left and reported: its job archived, its task unknown,
    params that no longer fit, a policy that forbids another run now, or somebody else was first.
    ``dry_run`` reports and changes nothing.
    """
    actor.require("beatwright.requeue_dead")
    if rate is not None and not SLOWEST <= rate <= FASTEST:
        raise DomainError(f"must be from {SLOWEST} to {FASTEST:,} per second", field="rate")
    requeueing = _Requeueing(
        actor, now, params, timedelta(seconds=1 / rate) if rate else timedelta(), dry_run
    )
    for run in dead:
        requeueing.take(run)
    done = requeueing.done
    if not dry_run:
        logger.info(
            "dead letters requeued",
            extra={"actor": actor.name, "runs": len(done.runs), "left": len(done.left)},
        )
    return done


def discard(dead: Iterable[Run], *, actor: Actor, reason: str, now: datetime) -> int:
    """Resolve dead letters without running them again; returns how many still were some.

    A reason is required.
    """
    actor.require("beatwright.requeue_dead")
    if not reason.strip() or len(reason) > REASON_MOST or UNSTORABLE.search(reason):
        raise DomainError(
            f"a reason of 1 to {REASON_MOST} storable characters is required", field="reason"
        )
    discarded = sum(_discard(run, actor, reason.strip(), now) for run in dead)
    logger.info("dead letters discarded", extra={"actor": actor.name, "runs": discarded})
    return discarded


@dataclass
class _Requeueing:
    """One call of ``requeue``: who, when and how, and what has become of the dead letters so
    far.
    """

    actor: Actor
    now: datetime
    params: dict[str, Any] | None
    pause: timedelta
    dry_run: bool
    done: Requeued = field(default_factory=Requeued)
    replaced: set[uuid.UUID] = field(default_factory=set)

    def take(self, run: Run) -> None:
        """Requeue one dead letter, or note why not."""
        try:
            job = self._checked(run)
            rerun = self._rerun(run, job)
            if not self.dry_run:
                self._write(run, rerun)
            self.done.runs[run.pk] = rerun
            self.replaced.add(job.pk)
        except DomainError as error:
            self.done.left[run.pk] = f"{error.field}: {error}" if error.field else str(error)

    def _checked(self, run: Run) -> Job:
        job = run.job
        self.actor.require("beatwright.requeue_dead", job)
        if not run.is_dead_letter:
            raise NotRequeued("it is not a dead letter or has already been resolved", field="state")
        if job.archived_at:
            raise NotRequeued("its job is archived", field="job")
        if job.overlap_policy == OverlapPolicy.CANCEL_RUNNING and job.pk in self.replaced:
            raise NotRequeued(ONE_AT_A_TIME, field="overlap_policy")
        params = rerun_params(run, self.params, actor=self.actor)
        require_command(self.actor, job, params=params)
        check_params(job.task, params)
        refuse_unfit(job, params)
        return job

    def _rerun(self, run: Run, job: Job) -> Run:
        params = rerun_params(run, self.params, actor=self.actor)
        rerun = make_run(
            job, self.now, now=self.now, trigger=Trigger.RERUN, key=f"r:{run.pk}", params=params
        )
        rerun.available_at = self.now + len(self.done.runs) * self.pause
        rerun.rank_at = rank(rerun.available_at, rerun.priority)
        rerun.parent = run
        return rerun

    def _write(self, run: Run, rerun: Run) -> None:
        with transaction.atomic():
            JobState.objects.lock(rerun.job)
            if not _resolve(run, self.actor, "requeued", self.now):
                raise NotRequeued("it was resolved in the meantime", field="state")
            write_runs([rerun], now=self.now)
            if rerun.state == RunState.SKIPPED:
                raise NotRequeued(rerun.reason, field="overlap_policy")
            audit.record(self.actor, audit.Verb.REQUEUE, run, now=self.now, after={"run": rerun.pk})


def _discard(run: Run, actor: Actor, reason: str, now: datetime) -> int:
    if not actor.reaches(run.job):
        return 0
    with transaction.atomic():
        discarded = _resolve(run, actor, f"{DISCARDED}{reason}", now)
        if discarded:
            audit.record(actor, audit.Verb.DISCARD, run, now=now, reason=reason)
    return discarded


def _resolve(run: Run, actor: Actor, resolution: str, now: datetime) -> int:
    """Guarded: 0 if somebody else was first."""
    dead = Run.objects.dead_letters().filter(pk=run.pk)
    return dead.update(resolved_at=now, resolved_by=actor.name, resolution=resolution)
