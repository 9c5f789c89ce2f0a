"""What GoDispatch and distributed-job-scheduler answer as lists: ``type`` names the task,
``payload`` its params.

distributed-job-scheduler has a cron text as ``schedule``; GoDispatch an object: one-time, recurring
or cron, with a zone, a start and an end. What runs once at once, or has run, is skipped with a
warning: there is nothing to schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from jobs.errors import DomainError
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.importers.formats.native import Moment
from jobs.models import Job
from jobs.moments import iso
from jobs.schedules.cron.cronexpr import read_cronexpr
from jobs.schedules.zones import zone_named

OFF = frozenset({"paused", "cancelled", "canceled", "disabled", "inactive"})
DONE = frozenset({"completed", "succeeded", "success", "failed", "done"})
WORDS = Job.PRIORITY_WORDS | {"medium": 0}


def _any_of(*names: str) -> Any:
    """A text that has one of these names."""
    return Field("", validation_alias=AliasChoices(*names))


class When(BaseModel):
    """GoDispatch's ``schedule``."""

    model_config = ConfigDict(strict=True, extra="forbid")

    type: Literal["one-time", "recurring", "cron"]
    expression: str = _any_of("expression", "cron_expression", "cron")
    interval: int | str = 0
    start_time: Moment = None
    end_time: Moment = None
    time_zone: str = _any_of("time_zone", "timezone")

    def values(self, zone: str) -> dict[str, Any]:
        named = {"timezone": self.time_zone or zone}
        if self.type == "one-time":
            return named | {"schedule": _once(self.start_time), "ends_at": None}
        cron = read_cronexpr(self.text)
        start, end = cron.window(zone_named(named["timezone"]), self.start_time, self.end_time)
        return named | {"schedule": cron.text, "starts_at": start, "ends_at": end}

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What is to be known of the text."""
        says = "" if self.type == "one-time" else read_cronexpr(self.text).says
        return [("schedule", says)] if says else []

    @property
    def text(self) -> str:
        """What it runs by."""
        if self.type == "recurring" and self.interval:
            return (
                f"@every {self.interval}s"
                if isinstance(self.interval, int)
                else f"@every {self.interval}"
            )
        if not self.expression:
            raise DomainError("has neither an expression nor an interval", field="schedule")
        return self.expression


class TypedTask(Entry):
    type: str = Field(min_length=1)
    payload: dict[str, Any] | None = None
    schedule: str | When | None = None
    name: str | None = None
    description: str | None = ""
    priority: str | int | None = None
    status: str | None = ""
    max_retries: int | None = None
    timeout: int | None = None
    retry_backoff: int | None = None
    # What the answer says besides, which no job keeps.
    id: str | int | None = None
    created_at: Any = None
    updated_at: Any = None
    next_run: Any = None
    next_run_at: Any = None
    last_run: Any = None
    last_run_at: Any = None
    started_at: Any = None
    completed_at: Any = None

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        status = (self.status or "").lower()
        when = self._when(document.zone)
        values = {
            "name": _named(self.name, self.type, self.id),
            "description": self.description or "",
            "task": self.type,
            "params": self.payload or {},
            **when,
            "priority": self._priority(),
            "max_retries": self.max_retries,
            "timeout_seconds": self.timeout or None,
            "retry_backoff_seconds": self.retry_backoff,
            "source": document.source,
        }
        is_over = (
            status in DONE and isinstance(self.schedule, When) and self.schedule.type == "one-time"
        )
        enabled = False if status in OFF or is_over else None
        notes = self.schedule.notes if isinstance(self.schedule, When) else []
        return Draft(document, path, keys, values, enabled, is_off=enabled is False, notes=notes)

    def _when(self, zone: str) -> dict[str, Any]:
        if isinstance(self.schedule, When):
            return self.schedule.values(zone)
        if not self.schedule:
            raise DomainError(
                "it runs once, at once: there is nothing to schedule",
                field="schedule",
                hint="--partial leaves it out",
            )
        return {"schedule": self.schedule, "timezone": zone}

    def _priority(self) -> int:
        if isinstance(self.priority, int):
            return self.priority
        word = (self.priority or "normal").lower()
        if word not in WORDS:
            raise DomainError(f"must be one of {', '.join(WORDS)}", field="priority")
        return WORDS[word]


def _once(start: datetime | None) -> str:
    if start is None:
        raise DomainError(
            "a one-time task without start_time runs at once: there is nothing to schedule",
            field="schedule",
        )
    return str(iso(start, "seconds"))


def _named(name: object, kind: object, number: object) -> str:
    """The name, or one that is made of the type and the id, as names are optional there."""
    if isinstance(name, str) and name:
        return name
    return f"{kind}:{number}" if number is not None else str(kind)


def _name(members: Mapping[str, Any], document: Document) -> str:
    return _named(members.get("name"), members.get("type", ""), members.get("id"))


KEYS: Keys = {
    "task": ("type",),
    "params": ("payload",),
    **{name: (name,) for name in ("name", "description", "priority", "max_retries", "schedule")},
    "timezone": ("schedule",),
    "starts_at": ("schedule", "start_time"),
    "ends_at": ("schedule", "end_time"),
    "timeout_seconds": ("timeout",),
    "retry_backoff_seconds": ("retry_backoff",),
}
TYPED_TASKS = Format(
    "GoDispatch or distributed-job-scheduler", TypedTask, KEYS, _name, forgiving=True
)
