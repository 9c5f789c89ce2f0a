"""Create, update, restore, archive: the verbs that change a definition."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.actions import versions
from jobs.actions.command_rights import require_command_edit
from jobs.actions.masking.masks import keep_secrets
from jobs.actions.runs.skipped import drop_for_change, drop_overdue
from jobs.definition.checking import check
from jobs.definition.field import Place
from jobs.definition.fields import names_in
from jobs.definition.storable import refuse_unknown
from jobs.errors import DomainError, NameTaken
from jobs.models import Job, JobState, JobVersion
from jobs.params import registry

logger = logging.getLogger(__name__)

REASON_MOST = 500

EDITABLE = frozenset(names_in(Place.ACTIONS))


class VersionConflict(DomainError):
    """Somebody else saved the job since it was read."""


def create_job(
    values: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
    like: Job | None = None,
    source: str = "",
) -> Job:
    """A new job from field values; raises InvalidJob, NameTaken or DomainError for an unknown
    field.

    Without a queue among the values, it gets the one that Celery would send its task to.
    Masks stand for the secrets of ``like``, the job it was copied from. ``source``: what owns it.
    """
    actor.require("beatwright.add_job")
    refuse_unknown(values, EDITABLE, "a job")
    if like:
        actor.require("beatwright.view_job", like)
    queue = registry.queue_of(values.get("task"))
    values = ({"queue": queue} if queue else {}) | values
    job = Job(created_at=now, source=source, **keep_secrets(like or Job(), values, actor=actor))
    with transaction.atomic():
        check(job, now=now)
        _require_edit(actor, "beatwright.add_job", job)
        _refuse_taken(job)
        job.save_at(now, None, force_insert=True)
        audit.record(actor, audit.Verb.CREATE_JOB, job, now=now, after=audit.row_snapshot(job))
    logger.info("job created", extra={"job": job.name, "actor": actor.name})
    return job


def update_job(
    job: Job, values: dict[str, Any], *, actor: Actor, now: datetime, version: int | None = None
) -> Job:
    """Change a job's fields; ``version`` is the one the change is based on, checked when given.

    A mask in params or metadata stands for the secret stored in its place. Raises InvalidJob,
    NameTaken, VersionConflict, or DomainError for an unknown field or a mask that may not be kept.
    """
    actor.require("beatwright.change_job", job)
    refuse_unknown(values, EDITABLE, "a job")
    return _change(job, values, audit.Verb.UPDATE_JOB, actor=actor, now=now, version=version)


def restore_version(job: Job, version: int, *, actor: Actor, now: datetime) -> Job:
    """Let the job say again what it said as ``version``, as a new version; it stays paused or on as
    it is.

    Raises DomainError for a version that is not kept, and whatever ``update_job`` raises.
    """
    actor.require("beatwright.change_job", job)
    kept = JobVersion.objects.filter(job=job, version=version).first()
    if kept is None:
        raise DomainError(
            f"version {version} of this job does not exist or has been pruned", field="version"
        )
    return _change(
        job, versions.values_of_version(kept), audit.Verb.RESTORE_VERSION, actor=actor, now=now
    )


def _change(
    job: Job,
    values: dict[str, Any],
    verb: audit.Verb,
    *,
    actor: Actor,
    now: datetime,
    version: int | None = None,
) -> Job:
    with transaction.atomic():
        state = JobState.objects.lock(job)
        fresh = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        _refuse_other(fresh, version)
        values = keep_secrets(fresh, values, actor=actor)
        changed = {field for field, value in values.items() if getattr(fresh, field) != value}
        if not changed:
            return fresh
        _require_edit(actor, "beatwright.change_job", fresh)
        if "enabled" in changed:
            actor.require("beatwright.pause_job", fresh)
        before = audit.row_snapshot(fresh)
        versions.keep_versions([fresh], actor=actor, now=now)
        if state:
            drop_for_change(fresh, state, changed, actor=actor, now=now)
        for field in changed:
            setattr(fresh, field, values[field])
        if "enabled" in changed:
            _note_pause(fresh, actor=actor, now=now)
        fresh.version += 1
        check(fresh, now=now, changed=changed)
        _require_edit(actor, "beatwright.change_job", fresh)
        _refuse_taken(fresh)
        fresh.save_at(now, state)
        audit.record(actor, verb, fresh, now=now, before=before, after=audit.row_snapshot(fresh))
    logger.info(
        "job updated", extra={"job": fresh.name, "actor": actor.name, "fields": sorted(changed)}
    )
    return fresh


def archive_job(
    job: Job, *, actor: Actor, now: datetime, version: int | None = None, reason: str = ""
) -> bool:
    """Take a job away: one with runs is archived, one without is deleted.

    Returns whether it was deleted.

    ``reason`` is kept by the audit. ``version`` is the one that was seen, checked when given;
    raises VersionConflict.
    """
    actor.require("beatwright.delete_job", job)
    with transaction.atomic():
        state = JobState.objects.lock(job)
        job = Job.objects.select_for_update().get(pk=job.pk)
        _refuse_other(job, version)
        deletes = not job.runs.exists()
        before = audit.row_snapshot(job)
        if state and not deletes:
            drop_overdue(job, state, reason=f"archived by {actor}", now=now)
        job.archived_at, job.enabled = now, False
        after, why = audit.row_snapshot(job), reason[:REASON_MOST]
        audit.record(
            actor, audit.Verb.ARCHIVE_JOB, job, now=now, before=before, after=after, reason=why
        )
        if deletes:
            job.delete()
        else:
            job.save_at(now, state)
    logger.info(
        "job deleted" if deletes else "job archived", extra={"job": job.name, "actor": actor.name}
    )
    return deletes


def unarchive_job(job: Job, *, actor: Actor, now: datetime) -> Job:
    """Bring an archived job back, paused, so that nothing fires by itself.

    Raises NameTaken, or DomainError.
    """
    actor.require("beatwright.delete_job", job)
    with transaction.atomic():
        state = JobState.objects.lock(job)
        job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if job.archived_at is None:
            raise DomainError("is not archived", field="archived_at")
        before = audit.row_snapshot(job)
        _refuse_taken(job)
        job.archived_at, job.enabled, job.paused_at = None, False, now
        job.paused_by, job.paused_reason, job.paused_until = (
            actor.name,
            "brought back from the archive",
            None,
        )
        job.save_at(now, state)
        audit.record(
            actor,
            audit.Verb.UNARCHIVE_JOB,
            job,
            now=now,
            before=before,
            after=audit.row_snapshot(job),
        )
    logger.info("job unarchived", extra={"job": job.name, "actor": actor.name})
    return job


def _require_edit(actor: Actor, permission: str, job: Job) -> None:
    """Asked before a change and after it: nobody moves a job into or out of their reach, nor to or
    from a command.
    """
    actor.require(permission, job)
    require_command_edit(actor, job.task)


def _note_pause(job: Job, *, actor: Actor, now: datetime) -> None:
    """The job has just been switched on or off: say by whom it is paused, or that it no longer
    is.
    """
    if job.enabled:
        job.paused_at, job.paused_by, job.paused_reason, job.paused_until = None, "", "", None
    else:
        job.paused_at, job.paused_by = now, actor.name


def _refuse_other(job: Job, version: int | None) -> None:
    if version is not None and job.version != version:
        raise VersionConflict(
            f"someone else saved this job in the meantime (version {job.version})", field="version"
        )


def _refuse_taken(job: Job) -> None:
    if Job.objects.filter(name=job.name, archived_at=None).exclude(pk=job.pk).exists():
        raise NameTaken(f"another job already has the name {job.name!r}", field="name")
