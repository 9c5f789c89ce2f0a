"""Pause and resume: no occurrence is planned while a job is paused, and none of those comes back by itself."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from jobs.errors import DomainError
from jobs.models import Job

logger = logging.getLogger(__name__)


def pause_job(job: Job, *, actor: str, reason: str = "", until: datetime | None = None, now: datetime) -> Job:
    """Stop planning the job, until somebody resumes it or ``until`` has come."""
    if until is not None and until <= now:
        raise DomainError("must be in the future", field="paused_until")
    if len(reason) > 500:
        raise DomainError("at most 500 characters", field="paused_reason")
    return _switch(job, enabled=False, by=actor, reason=reason, until=until)


def resume_job(job: Job, *, actor: str, now: datetime) -> Job:
    """Plan the job again, from now on."""
    return _switch(job, enabled=True, by="", reason="", until=None)


def resume_due(*, now: datetime) -> int:
    """Resume the jobs whose pause has run out; returns how many."""
    due = list(Job.objects.unarchived().filter(enabled=False, paused_until__lte=now)[:500])
    for job in due:
        resume_job(job, actor="system", now=now)
    return len(due)


def _switch(job: Job, *, enabled: bool, by: str, reason: str, until: datetime | None) -> Job:
    with transaction.atomic():
        job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if job.archived_at:
            raise DomainError("an archived job can be neither paused nor resumed", field="archived_at")
        job.enabled, job.paused_by, job.paused_reason, job.paused_until = enabled, by, reason, until
        job.save()
    logger.info("job resumed" if enabled else "job paused", extra={"job": job.name, "actor": by or "system"})
    return job
