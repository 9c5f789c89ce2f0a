"""distributed-job-scheduler (distributed-job-scheduler): ``type`` names the task, ``payload`` its
params.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs.access.actor import Actor
from jobs.actions.jobs import update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.runs.run import run_now
from jobs.compat.cancelling import cancel_job
from jobs.compat.naming import create_named, free_name
from jobs.compat.status import JobWithStatus
from jobs.errors import DomainError
from jobs.models import Job, Trigger
from jobs.moments import iso

FIELDS = {
    "name": "name",
    "description": "description",
    "type": "task",
    "schedule": "schedule",
    "payload": "params",
    "max_retries": "max_retries",
    "timeout": "timeout_seconds",
}
WORDS_FOR = {ours: field for field, ours in FIELDS.items()}


def create_from_distributed_job_scheduler(
    message: Mapping[str, Any], *, actor: Actor, now: datetime
) -> Job:
    """A job; without a schedule it is run once, now. No name: made from the type."""
    values = {"name": message["type"]} | _given(message)
    if values.get("schedule"):
        return create_named(values, actor=actor, now=now)
    job = create_named(values | {"schedule": "@manual"}, actor=actor, now=now)
    run_now(job, actor=actor, now=now, trigger=Trigger.API)
    return job


def update_from_distributed_job_scheduler(
    job: Job, message: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Change what is given; ``status`` active, paused or cancelled is a verb."""
    values = _given(message)
    if "name" in values and values["name"] != job.name:
        values["name"] = free_name(values["name"])
    job = update_job(job, values, actor=actor, now=now)
    status = message.get("status") or ""
    if status in VERBS:
        VERBS[status](job, actor=actor, now=now)
    elif status:
        raise DomainError(f"must be one of {', '.join(VERBS)}", field="status")


def distributed_job_scheduler_answer(told: JobWithStatus) -> dict[str, Any]:
    """The job in distributed-job-scheduler's words."""
    job = told.job
    times = {
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "next_run_at": job.state.next_run_at,
    }
    moments = {
        name: iso(moment) for name, moment in (times | {"last_run_at": told.last_run}).items()
    }
    named = {field: getattr(job, ours) for field, ours in FIELDS.items()}
    return {"id": str(job.pk)} | named | {"status": told.status.lower()} | moments


def _given(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        ours: message[field] for field, ours in FIELDS.items() if message.get(field) is not None
    }


def _resume(job: Job, *, actor: Actor, now: datetime) -> None:
    if not job.enabled:
        resume_job(job, actor=actor, now=now)


VERBS: dict[str, Any] = {"active": _resume, "paused": pause_job, "cancelled": cancel_job}
