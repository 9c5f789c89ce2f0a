"""Undo: take back a pause that was just made, as if it had not been."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.models import Job, JobState

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Before:
    """How a job stood before it was paused; ``saved_at``: its updated_at with the pause, as long as nothing follows."""

    enabled: bool
    paused_at: datetime | None
    paused_by: str
    paused_reason: str
    paused_until: datetime | None
    saved_at: datetime

    @classmethod
    def of(cls, job: Job, paused: Job) -> Before:
        """What ``paused`` was, namely ``job``."""
        return cls(
            job.enabled, job.paused_at, job.paused_by, job.paused_reason, job.paused_until, saved_at=paused.updated_at
        )


def undo_pause(job: Job, before: Before, *, actor: Actor, now: datetime) -> Job:
    """Let the job stand as it did before its pause; what came due since is planned yet.

    Raises DomainError, changing nothing, if the job was saved in any way since that pause.
    """
    actor.require("jobs.pause_job", job)
    with transaction.atomic():
        JobState.objects.lock(job)
        fresh = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if fresh.updated_at != before.saved_at:
            raise DomainError("has been changed since; it cannot be undone any more")
        was = audit.snapshot(fresh)
        began = fresh.paused_at or now
        fresh.enabled, fresh.paused_at = before.enabled, before.paused_at
        fresh.paused_by, fresh.paused_reason = before.paused_by, before.paused_reason
        fresh.paused_until = before.paused_until
        fresh.save()
        _plan_after(fresh, began)
        audit.record(actor, audit.Verb.UNDO_PAUSE, fresh, now=now, before=was, after=audit.snapshot(fresh))
    logger.info("pause undone", extra={"job": fresh.name, "actor": actor.name})
    return fresh


def _plan_after(job: Job, began: datetime) -> None:
    """Saving the job has planned from now on; nothing that came due since the pause began may be passed over."""
    state = JobState.objects.lock(job)
    if state and state.next_run_at:
        state.next_run_at = state.plan(job).next_after(max(began, state.last_scheduled_for or began))
        state.save(update_fields=["next_run_at"])
