"""Pause and resume: no occurrence is planned while a job is paused, and none of those comes back by
itself.

What came due meanwhile is counted in one skipped run when the job is resumed.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import SYSTEM, Actor
from jobs.actions.runs.skipped import drop_overdue, drop_paused, paused_reason
from jobs.errors import DomainError
from jobs.isolation import each_by_itself
from jobs.models import Job, JobState
from jobs.params.limits import UNSTORABLE

logger = logging.getLogger(__name__)


def pause_job(
    job: Job, *, actor: Actor, reason: str = "", until: datetime | None = None, now: datetime
) -> Job:
    """Stop planning the job, until somebody resumes it or ``until`` has come."""
    actor.require("beatwright.pause_job", job)
    if until is not None and until <= now:
        raise DomainError("must be in the future", field="paused_until")
    if len(reason) > 500 or UNSTORABLE.search(reason):
        raise DomainError(
            "must have at most 500 characters, all of them storable", field="paused_reason"
        )
    with transaction.atomic():
        job, state = _locked(job)
        before = audit.row_snapshot(job)
        if state:
            drop_overdue(job, state, reason=paused_reason(actor.name, reason), now=now)
        job.paused_at = now if job.enabled or job.paused_at is None else job.paused_at
        job.enabled, job.paused_by, job.paused_reason, job.paused_until = (
            False,
            actor.name,
            reason,
            until,
        )
        job.save_at(now, state)
        after = audit.row_snapshot(job)
        audit.record(
            actor, audit.Verb.PAUSE_JOB, job, now=now, before=before, after=after, reason=reason
        )
    logger.info("job paused", extra={"job": job.name, "actor": actor.name})
    return job


def resume_job(job: Job, *, actor: Actor, now: datetime) -> Job:
    """Plan the job again, from now on; what came due while it was paused becomes one skipped run.

    One that is not paused keeps its plan: what is due and no scheduler has come round to yet stays
    due.
    """
    actor.require("beatwright.pause_job", job)
    with transaction.atomic():
        job, state = _locked(job)
        before = audit.row_snapshot(job)
        missed = drop_paused(job, state, now=now) if state else 0
        job.enabled, job.paused_at, job.paused_by, job.paused_reason, job.paused_until = (
            True,
            None,
            "",
            "",
            None,
        )
        job.save_at(now, state)
        audit.record(
            actor, audit.Verb.RESUME_JOB, job, now=now, before=before, after=audit.row_snapshot(job)
        )
    logger.info("job resumed", extra={"job": job.name, "actor": actor.name, "missed": missed})
    return job


def resume_due(*, now: datetime) -> int:
    """Resume the jobs whose pause has run out; returns how many."""
    due = list(Job.objects.unarchived().filter(enabled=False, paused_until__lte=now)[:500])
    return len(
        each_by_itself(
            due, lambda job: resume_job(job, actor=SYSTEM, now=now), what="pause not ended"
        )
    )


def _locked(job: Job) -> tuple[Job, JobState | None]:
    """The job as it is now, and its state: locked in the planner's order, so that neither waits for
    the other.
    """
    state = JobState.objects.lock(job)
    job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if job.archived_at:
        raise DomainError("an archived job can be neither paused nor resumed", field="archived_at")
    return job, state
