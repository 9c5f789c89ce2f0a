"""DTS-Go (DTS-Go): its messages as dicts under their proto names, over HTTP and gRPC alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs import conf
from jobs.access.actor import Actor
from jobs.actions.jobs import update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.compat.cancelling import cancel_job
from jobs.compat.naming import create_named, free_name
from jobs.compat.status import ACTIVE, WORDS, JobWithStatus
from jobs.errors import DomainError
from jobs.models import Job
from jobs.moments import iso
from jobs.redaction.keys import MASK
from jobs.redaction.redactor import masked, metadata_redactor

RESUMING = frozenset({"PENDING", "SCHEDULED", "RUNNING", "RETRYING"})
NUMBERED = ("UNSPECIFIED", *WORDS)
FIELDS = {
    "name": "name",
    "description": "description",
    "cron_expression": "schedule",
    "priority": "priority",
    "max_retries": "max_retries",
    "timeout": "timeout_seconds",
}
NO_CRON = "write a cron text, or @manual for a job that runs only when it is told to"
WORDS_FOR = {ours: field for field, ours in FIELDS.items()} | {
    "task": "metadata.task",
    "params": "metadata.params",
    "resources": "resource_requirements",
}


def create(message: Mapping[str, Any], *, actor: Actor, now: datetime) -> Job:
    """A job from a CreateJobRequest.

    PAUSED makes it paused; raises InvalidJob, UnknownTask or DomainError.
    """
    status = read_verb(message.get("status"))
    if not str(message.get("cron_expression") or "").strip():
        raise DomainError("is required", field="cron_expression", hint=NO_CRON)
    values = {"name": "job"} | _given(message) | from_metadata(message.get("metadata") or {})
    resources = _resources(message.get("resource_requirements") or {})
    enabled = status not in {"PAUSED", "CANCELLED"}
    return create_named(values | resources | {"enabled": enabled}, actor=actor, now=now)


def update(job: Job, message: Mapping[str, Any], *, actor: Actor, now: datetime) -> None:
    """Change a job by an UpdateJobRequest: zero values mean unchanged, the status is a verb."""
    status = read_verb(message.get("status"))
    values = _given(message) | _resources(message.get("resource_requirements") or {})
    if message.get("metadata"):
        values |= from_metadata(message["metadata"])
    if "name" in values and values["name"] != job.name:
        values["name"] = free_name(values["name"])
    with transaction.atomic():
        if values:
            job = update_job(job, values, actor=actor, now=now)
        if not obey(status, job, actor=actor, now=now) and not values:
            # Nothing to do, which is answered with the whole job all the same.
            actor.require("beatwright.change_job", job)


def schedule(job: Job | None, message: Mapping[str, Any], *, actor: Actor, now: datetime) -> Job:
    """A ScheduleJobRequest: make the job, or resume the one that there is with what is given.

    The message's own status is passed over, as it may be one that was read.
    """
    message = {**message, "status": "SCHEDULED"}
    if job is None:
        return create(message, actor=actor, now=now)
    update(job, message, actor=actor, now=now)
    return job


def obey(status: str, job: Job, *, actor: Actor, now: datetime) -> bool:
    """The status as a verb; an empty one is none. Whether there was anything to do."""
    if status in RESUMING and not job.enabled:
        resume_job(job, actor=actor, now=now)
    elif status == "PAUSED" and job.enabled:
        pause_job(job, actor=actor, now=now)
    elif status == "CANCELLED":
        cancel_job(job, actor=actor, now=now)
    else:
        return False
    return True


def response(told: JobWithStatus) -> dict[str, Any]:
    """A JobResponse, its secrets masked."""
    job = told.job
    named = {field: getattr(job, ours) for field, ours in FIELDS.items()}
    times = {
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "next_run": job.state.next_run_at,
    }
    numbers = {"max_retries": job.max_retries or 0, "timeout": job.timeout_seconds or 0}
    moments = {name: iso(moment) for name, moment in (times | {"last_run": told.last_run}).items()}
    return (
        {"id": str(job.pk)}
        | named
        | numbers
        | moments
        | {"status": told.status, "metadata": _metadata(job)}
    )


def scheduled(job: Job) -> dict[str, Any]:
    """A GetScheduledJobResponse."""
    resources = {kind: job.resources.get(kind, 0) for kind in ("cpu", "memory", "storage")}
    following = iso(job.state.next_run_at) or ""
    return {
        "job_id": str(job.pk),
        "next_execution_time": following,
        "resource_requirements": resources,
    }


def read_status(value: object) -> str:
    """A status as its name in any case or its number; empty for none. Raises DomainError."""
    if value is None or value in {"", 0}:
        return ""
    if isinstance(value, int) and 0 < value < len(NUMBERED):
        return NUMBERED[value]
    word = str(value).upper().removeprefix("JOB_STATUS_")
    if word == "UNSPECIFIED":
        return ""
    if word not in NUMBERED:
        raise DomainError(f"must be one of {', '.join(NUMBERED)}", field="status")
    return word


def read_verb(value: object) -> str:
    """The same, of those that can be set."""
    status = read_status(value)
    if status in {"COMPLETED", "FAILED"}:
        raise DomainError(f"{status} is what becomes of a job, and cannot be set", field="status")
    return status


def read_filter(value: str) -> str:
    """The status that a list asks for: as above, or ``active``."""
    return ACTIVE if value.upper() == ACTIVE else read_status(value)


def _given(message: Mapping[str, Any]) -> dict[str, Any]:
    """The job's values of the fields that are not zero."""
    return {ours: message[field] for field, ours in FIELDS.items() if message.get(field)}


def made_of_metadata(job: Job) -> bool:
    """Whether the job runs the default task with its metadata for params."""
    return (
        job.task == conf.get().default_task
        and job.params == job.metadata
        and "task" not in job.metadata
    )


def from_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """``task`` and ``params`` where they are named; else the default task, and all of it are its
    params.
    """
    if metadata.get("task"):
        values = {
            "task": metadata["task"],
            "params": _params(metadata.get("params")),
            "metadata": dict(metadata),
        }
    else:
        values = {
            "task": conf.get().default_task,
            "params": dict(metadata),
            "metadata": dict(metadata),
        }
    if MASK in json.dumps(values, ensure_ascii=False):
        hint = "write the secret itself, or send no metadata"
        raise DomainError("holds a masked secret", field="metadata", hint=hint)
    return values


def _params(value: Any) -> Any:
    if not isinstance(value, str):
        return value or {}
    try:
        return json.loads(value or "{}")
    except (ValueError, RecursionError):
        raise DomainError("is not JSON", field="metadata.params") from None


def _metadata(job: Job) -> dict[str, Any]:
    """What was sent, or what would make the same job; its probable secrets masked."""
    metadata: dict[str, Any] = metadata_redactor(vars(job)).json(job.metadata)
    if made_of_metadata(job):
        return dict(metadata)
    return metadata | {"task": job.task, "params": _params_text(job)}


def _params_text(job: Job) -> str:
    """The text that was sent where it still says what the params are: to the letter, or masked."""
    sent = job.metadata.get("params")
    text = (
        sent
        if isinstance(sent, str) and _means(sent, job.params)
        else json.dumps(job.params, ensure_ascii=False)
    )
    params = _params(text)
    shown = masked(params)
    return text if shown == params else json.dumps(shown, ensure_ascii=False)


def _means(text: str, params: Any) -> bool:
    try:
        return bool(_params(text) == params)
    except DomainError:
        return False


def _resources(message: Mapping[str, Any]) -> dict[str, Any]:
    given = {kind: amount for kind, amount in message.items() if amount}
    return {"resources": given} if given else {}
