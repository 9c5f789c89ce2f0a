"""Undo: take back a pause, a discard, an acknowledgement; what happened since is not touched."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions.alerts import NOT_ACKNOWLEDGED
from jobs.actions.runs.dead_letters import DISCARDED
from jobs.errors import DomainError
from jobs.models import Alert, Job, JobState, Run
from jobs.notices.outbox import alert_unacknowledged

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Before:
    """How a job stood before it was paused; ``saved_at``: its updated_at with the pause, as long as
    nothing follows.
    """

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
            job.enabled,
            job.paused_at,
            job.paused_by,
            job.paused_reason,
            job.paused_until,
            saved_at=paused.updated_at,
        )


def undo_pause(job: Job, before: Before, *, actor: Actor, now: datetime) -> Job:
    """Let the job stand as it did before its pause; what came due since is planned yet.

    Raises DomainError, changing nothing, if the job was saved in any way since that pause.
    """
    actor.require("beatwright.pause_job", job)
    with transaction.atomic():
        state = JobState.objects.lock(job)
        fresh = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if fresh.updated_at != before.saved_at:
            raise DomainError("has been changed since, so this can no longer be undone")
        was = audit.row_snapshot(fresh)
        # Nothing that came due since may be passed over.
        began = fresh.paused_at or now
        fresh.enabled, fresh.paused_at = before.enabled, before.paused_at
        fresh.paused_by, fresh.paused_reason = before.paused_by, before.paused_reason
        fresh.paused_until = before.paused_until
        fresh.save_at(began, state)
        audit.record(
            actor,
            audit.Verb.UNDO_PAUSE,
            fresh,
            now=now,
            before=was,
            after=audit.row_snapshot(fresh),
        )
    logger.info("pause undone", extra={"job": fresh.name, "actor": actor.name})
    return fresh


def undo_discard(runs: Iterable[Run], *, actor: Actor, now: datetime) -> int:
    """Let discarded runs be dead letters again; returns how many.

    One that was requeued stays so: it has a rerun.
    """
    actor.require("beatwright.requeue_dead")
    undone = sum(_undo_discard(run, actor, now) for run in runs)
    logger.info("discard undone", extra={"actor": actor.name, "runs": undone})
    return undone


def _undo_discard(run: Run, actor: Actor, now: datetime) -> int:
    if not actor.reaches(run.job):
        return 0
    discarded = Run.objects.filter(
        pk=run.pk, resolved_at__isnull=False, resolution__startswith=DISCARDED
    )
    with transaction.atomic():
        undone = discarded.update(resolved_at=None, resolved_by="", resolution="")
        if undone:
            audit.record(
                actor, audit.Verb.UNDO_DISCARD, run, now=now, before={"resolution": run.resolution}
            )
    return undone


def undo_acknowledge(alert: Alert, *, actor: Actor, now: datetime) -> Alert:
    """List a matter again that somebody looked into.

    Raises DomainError for one that nobody does, or that is over.
    """
    actor.require("beatwright.change_alert", alert.job)
    before = audit.row_snapshot(alert)
    with transaction.atomic():
        if not Alert.objects.filter(
            pk=alert.pk, closed_at=None, acknowledged_at__isnull=False
        ).update(**NOT_ACKNOWLEDGED):
            raise DomainError("this alert is not acknowledged or is already closed", field="alert")
        alert.refresh_from_db()
        alert_unacknowledged(alert, now=now)
        subject = audit.Subject("alert", str(alert.pk), str(alert), alert.job_id)
        audit.record(
            actor,
            audit.Verb.UNDO_ACKNOWLEDGE,
            subject,
            now=now,
            before=before,
            after=audit.row_snapshot(alert),
        )
    logger.info("acknowledgement undone", extra={"alert": str(alert), "actor": actor.name})
    return alert
