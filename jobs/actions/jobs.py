"""Create, update, archive: the verbs that change a definition."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access.actor import Actor
from jobs.actions.checking import check
from jobs.actions.dropping import drop_for_change, drop_overdue
from jobs.errors import DomainError, NameTaken
from jobs.models import Job, JobState

logger = logging.getLogger(__name__)

EDITABLE = frozenset(
    {
        "name", "description", "task", "params", "schedule", "timezone", "starts_at", "ends_at", "jitter_seconds",
        "enabled", "queue", "priority", "timeout_seconds", "max_retries", "retry_backoff_seconds",
        "retry_backoff_max_seconds", "retry_jitter", "misfire_policy", "misfire_window_seconds", "overlap_policy",
        "retention_days", "pool", "resources", "tags", "metadata", "owner", "source",
    }
)  # fmt: skip


class VersionConflict(DomainError):
    """Somebody else saved the job since it was read."""


def create_job(values: dict[str, Any], *, actor: Actor, now: datetime) -> Job:
    """A new job from field values; raises InvalidJob, NameTaken or DomainError for an unknown field."""
    _refuse_unknown(values)
    job = Job(created_at=now, **values)
    with transaction.atomic():
        check(job, now=now)
        _refuse_taken(job)
        job.save(force_insert=True)
    logger.info("job created", extra={"job": job.name, "actor": actor.name})
    return job


def update_job(job: Job, values: dict[str, Any], *, actor: Actor, now: datetime, version: int | None = None) -> Job:
    """Change a job's fields; ``version`` is the one the change is based on, checked when given.

    Raises InvalidJob, NameTaken, VersionConflict, or DomainError for an unknown field.
    """
    _refuse_unknown(values)
    with transaction.atomic():
        state = JobState.objects.lock(job)
        fresh = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if version is not None and fresh.version != version:
            raise VersionConflict(f"saved by somebody else meanwhile (version {fresh.version})", field="version")
        changed = {field for field, value in values.items() if getattr(fresh, field) != value}
        if not changed:
            return fresh
        if state:
            drop_for_change(fresh, state, changed, actor=actor, now=now)
        for field in changed:
            setattr(fresh, field, values[field])
        if "enabled" in changed:
            _note_pause(fresh, actor=actor, now=now)
        fresh.version += 1
        check(fresh, now=now, changed=changed)
        _refuse_taken(fresh)
        fresh.save()
    logger.info("job updated", extra={"job": fresh.name, "actor": actor.name, "fields": sorted(changed)})
    return fresh


def archive_job(job: Job, *, actor: Actor, now: datetime) -> bool:
    """Take a job away: one with runs is archived, one without is deleted. Returns whether it was deleted."""
    with transaction.atomic():
        state = JobState.objects.lock(job)
        job = Job.objects.select_for_update().get(pk=job.pk)
        deletes = not job.runs.exists()
        if state and not deletes:
            drop_overdue(job, state, reason=f"archived by {actor}", now=now)
        if deletes:
            job.delete()
        else:
            job.archived_at, job.enabled = now, False
            job.save()
    logger.info("job deleted" if deletes else "job archived", extra={"job": job.name, "actor": actor.name})
    return deletes


def _note_pause(job: Job, *, actor: Actor, now: datetime) -> None:
    """The job has just been switched on or off: say by whom it is paused, or that it no longer is."""
    if job.enabled:
        job.paused_at, job.paused_by, job.paused_reason, job.paused_until = None, "", "", None
    else:
        job.paused_at, job.paused_by = now, actor.name


def _refuse_unknown(values: dict[str, Any]) -> None:
    for field in values.keys() - EDITABLE:
        raise DomainError("is not a field of a job that can be set", field=field)


def _refuse_taken(job: Job) -> None:
    if Job.objects.filter(name=job.name, archived_at=None).exclude(pk=job.pk).exists():
        raise NameTaken(f"another job is named {job.name!r}", field="name")
