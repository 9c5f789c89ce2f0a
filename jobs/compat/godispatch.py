"""GoDispatch (GoDispatch): one-time, recurring and cron tasks with priority words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jobs.access.actor import Actor
from jobs.actions.runs.run import run_now
from jobs.compat.naming import create_named
from jobs.compat.status import JobWithStatus
from jobs.errors import DomainError
from jobs.models import Job, Trigger
from jobs.moments import iso
from jobs.queries.jobs.page import newest_runs_of
from jobs.queries.runs.results import result_fields

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
    "timezone": "schedule.timezone",
}
KINDS = ("one-time", "recurring", "cron")
DURATION = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")
PAST = "start_time is in the past: the task runs once, now"
WORDS = {value: word for word, value in Job.PRIORITY_WORDS.items()}


def create_from_godispatch(
    message: Mapping[str, Any], *, actor: Actor, now: datetime
) -> tuple[Job, str]:
    """A job, and a warning or nothing.

    A one-time task without a start, or with one that is past, runs now.
    """
    values = {"name": message["type"]} | _given(message)
    when, warning = _when(message.get("schedule") or {"type": "one-time"}, now)
    job = create_named(values | when, actor=actor, now=now)
    if when["schedule"] == "@manual":
        run_now(job, actor=actor, now=now, trigger=Trigger.API)
    return job, warning


def godispatch_answer(told: JobWithStatus) -> dict[str, Any]:
    """The task in GoDispatch's words."""
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
    word = {"priority": WORDS.get(job.priority, str(job.priority)), "status": told.status.lower()}
    return {"id": str(job.pk)} | named | word | {"schedule": _schedule(job)} | moments


def result(told: JobWithStatus) -> dict[str, Any]:
    """The newest run's result; three queries."""
    runs = newest_runs_of(told.job, limit=1)
    found = result_fields(runs[0]) if runs else {"result": None, "error": "", "finished_at": None}
    outcome = {name: found[name] for name in ("result", "error", "finished_at")}
    return {"id": str(told.job.pk), "status": told.status.lower()} | outcome


def _given(message: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        ours: message[field] for field, ours in FIELDS.items() if message.get(field) is not None
    }
    if isinstance(values.get("retry_backoff_seconds"), str):
        values["retry_backoff_seconds"] = _seconds(values["retry_backoff_seconds"], "retry_backoff")
    if message.get("priority"):
        values["priority"] = _priority(message["priority"])
    return values


def _when(schedule: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], str]:
    kind, zone = schedule.get("type"), schedule.get("timezone") or "UTC"
    if kind == "cron":
        return {"schedule": _expression(schedule), "timezone": zone}, ""
    if kind == "recurring":
        return {
            "schedule": _period(schedule),
            "timezone": zone,
            "starts_at": schedule.get("start_time"),
        }, ""
    if kind != "one-time":
        raise DomainError(f"must be one of {', '.join(KINDS)}", field="schedule.type")
    start = schedule.get("start_time")
    if start is None or start <= now:
        return {"schedule": "@manual", "timezone": zone}, PAST if start else ""
    # To the second, as occurrences are; a start within this second is the next one.
    return {
        "schedule": f"{start + timedelta(seconds=1, microseconds=-1):%Y-%m-%dT%H:%M:%SZ}",
        "timezone": zone,
    }, ""


def _expression(schedule: Mapping[str, Any]) -> str:
    found = schedule.get("cron_expression") or schedule.get("cron") or schedule.get("expression")
    if not found:
        raise DomainError("is required for a cron schedule", field="schedule.cron_expression")
    return str(found)


def _period(schedule: Mapping[str, Any]) -> str:
    """An interval in seconds or as ``1h30m``; a cron text will do too."""
    interval = schedule.get("interval")
    if interval is None:
        return _expression(schedule)
    return f"@every {interval}s" if isinstance(interval, int) else f"@every {interval}"


def _priority(word: Any) -> int:
    if isinstance(word, int):
        return word
    if str(word).lower() not in Job.PRIORITY_WORDS:
        raise DomainError(f"must be one of {', '.join(Job.PRIORITY_WORDS)}", field="priority")
    return Job.PRIORITY_WORDS[str(word).lower()]


def _seconds(text: str, field: str) -> int:
    found = DURATION.fullmatch(text)
    if not text or not found:
        raise DomainError("must be seconds, or a duration such as 1m30s", field=field)
    return sum(
        int(part[:-1]) * {"h": 3600, "m": 60, "s": 1}[part[-1]] for part in found.groups() if part
    )


def _schedule(job: Job) -> dict[str, Any]:
    kind = job.rule().kind if not job.state.schedule_error else "cron"
    if kind in {"once", "manual"}:
        start = job.schedule if kind == "once" else iso(job.created_at)
        return {"type": "one-time", "start_time": start, "timezone": job.timezone}
    if kind == "interval":
        interval = job.schedule.removeprefix("@every").strip()
        return {"type": "recurring", "interval": interval, "timezone": job.timezone}
    return {"type": "cron", "cron_expression": job.schedule, "timezone": job.timezone}
