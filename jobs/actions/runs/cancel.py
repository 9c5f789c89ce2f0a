"""Cancel: what waits ends at once, what runs is asked to stop; neither is ever retried."""

from __future__ import annotations

import logging
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import QuerySet

from jobs import events
from jobs.access import audit
from jobs.access.actor import Actor
from jobs.dispatch.overlap import release_waiting
from jobs.errors import DomainError
from jobs.lifecycle.outcome import CANCEL_REQUESTED
from jobs.models import Job, JobState, Run, RunState

logger = logging.getLogger(__name__)

WAITING = (RunState.BLOCKED, RunState.QUEUED)
CHUNK = 500


class RunIsOver(DomainError):
    """A run in a final state: there is nothing left to cancel."""


@dataclass(frozen=True)
class Cancelled:
    """How many runs ended at once, and how many running ones were asked to stop that had not been
    asked before.
    """

    cancelled: int = 0
    requested: int = 0

    @property
    def any(self) -> bool:
        return bool(self.cancelled or self.requested)

    @property
    def word(self) -> str:
        """What became of the one run it is about."""
        return "cancelled" if self.cancelled else "asked to stop"


def cancel_run(run: Run, *, actor: Actor, now: datetime) -> Run:
    """End a run that waits, or ask a running one to stop: its worker ends it, or the sweep if that
    worker is gone.

    No worker needs to be up. Asking twice is asking once. Raises RunIsOver for a run in a final
    state.
    """
    actor.require("beatwright.cancel_run", run.job)
    with transaction.atomic():
        JobState.objects.lock(run.job)
        done = cancel_open(Run.objects.filter(pk=run.pk), actor=actor, now=now)
        fresh = Run.objects.select_related("job").get(pk=run.pk)
        if RunState(fresh.state).is_final and not done.cancelled:
            raise RunIsOver(
                f"a {fresh.get_state_display().lower()} run cannot be cancelled", field="state"
            )
        release_waiting([run.job_id])
        if done.any:
            audit.record(actor, audit.Verb.CANCEL_RUN, fresh, now=now, after={"state": done.word})
    logger.info(
        "run cancelled",
        extra={"run_id": str(run.pk), "actor": actor.name, "requested": done.requested},
    )
    return fresh


def cancel_runs(job: Job, *, actor: Actor, now: datetime) -> Cancelled:
    """Cancel all runs of a job that are not over."""
    actor.require("beatwright.cancel_run", job)
    with transaction.atomic():
        JobState.objects.lock(job)
        done = cancel_open(Run.objects.filter(job=job), actor=actor, now=now)
        release_waiting([job.pk])
        if done.any:
            audit.record(actor, audit.Verb.CANCEL_RUNS, job, now=now, after=asdict(done))
    logger.info(
        "runs cancelled", extra={"job": job.name, "actor": actor.name, "cancelled": done.cancelled}
    )
    return done


def cancel_open(runs: QuerySet[Run], *, actor: Actor, now: datetime) -> Cancelled:
    """Cancel those of ``runs``, all of one job, that are not over.

    Inside the caller's transaction and under the job's lock; the caller then lets go what waited
    for them.
    """
    # The running ones first: who ends a run holds it while letting go of the one that waits.
    requested = _ask_to_stop(runs, actor, now)
    cancelled = 0
    while ended := _end_waiting(runs, actor, now):
        cancelled += ended
    # Those that began meanwhile.
    return Cancelled(cancelled, requested + _ask_to_stop(runs, actor, now))


def _ask_to_stop(runs: QuerySet[Run], actor: Actor, now: datetime) -> int:
    running = runs.filter(state=RunState.RUNNING, cancel_requested_at=None)
    return running.update(cancel_requested_at=now, reason=f"{CANCEL_REQUESTED} {actor}")


def _end_waiting(runs: QuerySet[Run], actor: Actor, now: datetime) -> int:
    locked = runs.filter(state__in=WAITING).order_by("pk").select_for_update(no_key=True)
    waiting = list(locked.values_list("pk", "job_id", "attempt")[:CHUNK])
    for pk, job_id, attempt in waiting:
        transaction.on_commit(partial(_tell, pk, job_id, attempt))
    return Run.objects.filter(pk__in=[pk for pk, _, _ in waiting], state__in=WAITING).update(
        state=RunState.CANCELLED,
        cancel_requested_at=now,
        finished_at=now,
        reason=f"cancelled by {actor}",
    )


def _tell(run_id: uuid.UUID, job_id: uuid.UUID, attempt: int) -> None:
    events.run_finished.send_robust(
        Run, run_id=run_id, job_id=job_id, attempt=attempt, state=RunState.CANCELLED
    )
