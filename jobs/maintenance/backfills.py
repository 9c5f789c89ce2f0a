"""Backfills: their blocked runs are let go in order, so many at a time, until all ended or one
failed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from jobs.dispatch.brokers.gate import BrokerUnavailable
from jobs.dispatch.overlap import OCCUPYING, backfill_is_next, release_waiting
from jobs.dispatch.publish import publish_runs
from jobs.isolation import each_by_itself
from jobs.models import Backfill, BackfillState, Job, JobState, OverlapPolicy, Run, RunState
from jobs.models.run import RunQuerySet, rank

logger = logging.getLogger(__name__)

LIMIT = 500
FAILED = (RunState.FAILED, RunState.TIMED_OUT)


class Backfills:
    """Steps every running backfill, the oldest first; each under its job's lock, in a transaction
    of its own.
    """

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"released": runs queued, "ended": backfills done or stopped}."""
        running = list(Backfill.objects.filter(state=BackfillState.RUNNING).order_by("pk")[:LIMIT])
        steps = [
            BackfillStep(backfill, now)
            for backfill in each_by_itself(running, _if_due, what="backfill")
            if backfill
        ]
        steps = each_by_itself(steps, BackfillStep.take, what="backfill")
        if released := [pk for step in steps for pk in step.released]:
            _publish(released, now)
        return {
            "released": sum(len(step.released) for step in steps),
            "ended": sum(step.ended for step in steps),
        }


class BackfillStep:
    """One look at one backfill: what it let go, and whether that was its end."""

    def __init__(self, backfill: Backfill, now: datetime) -> None:
        self.backfill = backfill
        self.now = now
        self.released: Sequence[uuid.UUID] = ()
        self.ended = False

    def __str__(self) -> str:
        return str(self.backfill.pk)

    def take(self) -> BackfillStep:
        """Stop it, end it, or let its next runs go; leave it for the next look if another run came
        first.
        """
        try:
            with transaction.atomic():
                JobState.objects.lock(self.backfill.job)
                self._step()
        except IntegrityError:
            self.released, self.ended = (), False
            logger.info(
                "backfill waits: another run of its job began",
                extra={"backfill": str(self.backfill.pk)},
            )
        return self

    def _step(self) -> None:
        job = Job.objects.get(pk=self.backfill.job_id)
        if job.archived_at:
            self._skip_rest("its job is archived", BackfillState.CANCELLED)
        elif self.backfill.stop_on_failure and (failed := _failed(self.backfill)):
            self._skip_rest(
                f"run {failed.pk} {failed.get_state_display().lower()}", BackfillState.STOPPED
            )
        elif _blocked(self.backfill).exists():
            self._let_go(job)
        elif not _active(self.backfill):
            self._end(BackfillState.DONE)

    def _let_go(self, job: Job) -> None:
        exclusive = job.overlap_policy != OverlapPolicy.ALLOW
        if _is_others_turn(job):
            release_waiting([job.pk])
            return
        if exclusive and Run.objects.filter(job=job, state__in=OCCUPYING).exists():
            return
        room = 1 if exclusive else max(0, self.backfill.concurrency - _active(self.backfill))
        order = "-scheduled_for" if self.backfill.newest_first else "scheduled_for"
        chosen = _blocked(self.backfill).order_by(order, "pk").values_list("pk", flat=True)
        self.released = list(chosen[:room])
        Run.objects.filter(pk__in=self.released).move(
            RunState.QUEUED,
            reason="",
            exclusive=exclusive,
            available_at=self.now,
            rank_at=rank(self.now, job.priority),
        )
        Backfill.objects.filter(pk=self.backfill.pk).update(released_at=self.now)

    def _skip_rest(self, why: str, state: BackfillState) -> None:
        _blocked(self.backfill).move(
            RunState.SKIPPED, reason=f"backfill: stopped, {why}", finished_at=self.now
        )
        self._end(state)

    def _end(self, state: BackfillState) -> None:
        running = Backfill.objects.filter(pk=self.backfill.pk, state=BackfillState.RUNNING)
        self.ended = bool(running.update(state=state, finished_at=self.now))
        release_waiting([self.backfill.job_id])


def _if_due(backfill: Backfill) -> Backfill | None:
    """The backfill, if there is anything to do; asked before the job is locked for it."""
    if backfill.stop_on_failure and _failed(backfill):
        return backfill
    return backfill if _active(backfill) < backfill.concurrency else None


def _is_others_turn(job: Job) -> bool:
    """A run of the job that waits for the end of another one, and that no backfill goes before."""
    waiting = Run.objects.filter(job=job, state=RunState.BLOCKED, exclusive=True, backfill=None)
    return waiting.exclude(backfill_is_next()).exists()


def _blocked(backfill: Backfill) -> RunQuerySet:
    return Run.objects.filter(backfill=backfill, state=RunState.BLOCKED)


def _active(backfill: Backfill) -> int:
    return Run.objects.filter(backfill=backfill, state__in=OCCUPYING).count()


def _failed(backfill: Backfill) -> Run | None:
    return Run.objects.filter(backfill=backfill, state__in=FAILED).first()


def _publish(run_ids: Sequence[uuid.UUID], now: datetime) -> None:
    """Send what was let go at once, so that a backfill does not lose a second a run; else the
    scheduler does.
    """
    try:
        publish_runs(run_ids, now=now)
    except BrokerUnavailable:
        logger.info("backfilled runs wait for the broker", extra={"runs": len(run_ids)})
