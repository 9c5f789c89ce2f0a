"""A task: made, changed, cancelled and told in GoDispatch's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access.actor import Actor
from jobs.actions.jobs import update_job
from jobs.actions.runs.run import run_now
from jobs.compat.cancelling import cancel_job
from jobs.compat.errors import TaskIsOver
from jobs.compat.godispatch.schedule import read_schedule, schedule_fields
from jobs.compat.naming import create_named, free_name
from jobs.compat.status import JobWithStatus, job_with_status
from jobs.errors import DomainError
from jobs.models import Job, JobState, RunState, Trigger
from jobs.moments import iso

FIELDS = {
    "name": "name",
    "description": "description",
    "type": "task",
    "payload": "params",
    "max_retries": "max_retries",
    "timeout": "timeout_seconds",
    "retry_backoff": "retry_backoff_seconds",
}
WORDS_FOR = {ours: field for field, ours in FIELDS.items()} | {
    "starts_at": "schedule.start_time",
    "ends_at": "schedule.end_time",
    "timezone": "schedule.time_zone",
}
DURATION = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")
# Its own words, and ours beside them; it has no other name for what is neither high nor low.
PRIORITIES = {**Job.PRIORITY_WORDS, "medium": Job.PRIORITY_WORDS["normal"]}
WORDS = {value: word for word, value in PRIORITIES.items()}
TIMEOUT = "timeout"
OVER = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


def create_task(
    message: Mapping[str, Any], *, actor: Actor, now: datetime
) -> tuple[Job, list[str]]:
    """A job, and what to say of it.

    A one-time task without a start, or with one that is past, runs now.
    """
    values = {"name": message["type"]} | _given(message)
    when = read_schedule(message.get("schedule") or {"type": "one-time"}, now)
    job = create_named(values | when.values, actor=actor, now=now)
    if when.values["schedule"] == "@manual":
        run_now(job, actor=actor, now=now, trigger=Trigger.API)
    return job, when.warnings


def change_task(job: Job, message: Mapping[str, Any], *, actor: Actor, now: datetime) -> list[str]:
    """Change what is given.

    With nothing, or the status cancelled, cancel it, which is all that it did there.
    """
    actor.require("beatwright.change_job", job)
    if message.get("status") or not message:
        end_task(job, actor=actor, now=now)
        return []
    values = _given(message)
    if "name" in values and values["name"] != job.name:
        values["name"] = free_name(values["name"])
    when = read_schedule(message["schedule"], now) if message.get("schedule") else None
    update_job(job, values | (when.values if when else {}), actor=actor, now=now)
    return when.warnings if when else []


def end_task(job: Job, *, actor: Actor, now: datetime) -> None:
    """Cancel the task; raises TaskIsOver, and changes nothing, for one that has ended."""
    with transaction.atomic():
        JobState.objects.lock(job)
        status = job_with_status(job.pk, actor).status
        if status in OVER:
            raise TaskIsOver(f"is {status.lower()} already", field="status")
        cancel_job(job, actor=actor, now=now)


def task_fields(found: JobWithStatus) -> dict[str, Any]:
    """The task in GoDispatch's words."""
    job = found.job
    times = {
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "next_run_at": job.state.next_run_at,
    }
    moments = {
        name: iso(moment) for name, moment in (times | {"last_run_at": found.last_run}).items()
    }
    named = {field: getattr(job, ours) for field, ours in FIELDS.items()}
    word = {"priority": WORDS.get(job.priority, str(job.priority)), "status": task_word(found)}
    return {"id": str(job.pk)} | named | word | {"schedule": schedule_fields(job)} | moments


def task_word(found: JobWithStatus) -> str:
    """The task's status; one that took too long has a word of its own."""
    is_late = found.status == "FAILED" and found.newest_state == RunState.TIMED_OUT
    return TIMEOUT if is_late else found.status.lower()


def _given(message: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        ours: message[field] for field, ours in FIELDS.items() if message.get(field) is not None
    }
    if isinstance(values.get("retry_backoff_seconds"), str):
        values["retry_backoff_seconds"] = _seconds(values["retry_backoff_seconds"], "retry_backoff")
    if message.get("priority"):
        values["priority"] = _priority(message["priority"])
    return values


def _priority(word: Any) -> int:
    if isinstance(word, int):
        return word
    if str(word).lower() not in PRIORITIES:
        raise DomainError(f"must be one of {', '.join(PRIORITIES)}", field="priority")
    return PRIORITIES[str(word).lower()]


def _seconds(text: str, field: str) -> int:
    found = DURATION.fullmatch(text)
    if not text or not found:
        raise DomainError("must be seconds, or a duration such as 1m30s", field=field)
    return sum(
        int(part[:-1]) * {"h": 3600, "m": 60, "s": 1}[part[-1]] for part in found.groups() if part
    )
