"""django-celery-beat's rows as ``manage.py dumpdata django_celery_beat`` writes them.

``[{"model": "django_celery_beat.periodictask", "pk": 1, "fields": {…}}, …]``, with the schedules
they point to in the same file. Each becomes the job that adopting the row would make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from jobs.importers.contents.base import NoEntry
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.importers.formats.native import Moment, read_native_moment
from jobs.importers.formats.rows import CLEAN_UP, draft_of, passed_over

APP = "django_celery_beat"
SCHEDULES = ("crontab", "interval", "clocked", "solar")
ScheduleKey = tuple[str, str]
STRICT = ConfigDict(strict=True, extra="ignore")
# What a job has no use for, or what values_of looks after.
KEPT = (
    "args",
    "kwargs",
    "queue",
    "exchange",
    "routing_key",
    "headers",
    "priority",
    "expire_seconds",
    "one_off",
)


class Crontab(BaseModel):
    model_config = STRICT

    minute: str = "*"
    hour: str = "*"
    day_of_month: str = "*"
    month_of_year: str = "*"
    day_of_week: str = "*"
    timezone: str = "UTC"


class Interval(BaseModel):
    model_config = STRICT

    every: Annotated[int, Field(ge=1, le=10**9)]
    period: Literal["days", "hours", "minutes", "seconds", "microseconds"]


class Clocked(BaseModel):
    model_config = STRICT

    clocked_time: Annotated[datetime, BeforeValidator(read_native_moment)]


class Row(Entry):
    name: str
    task: str
    args: str | None = "[]"
    kwargs: str | None = "{}"
    queue: str | None = None
    exchange: str | None = None
    routing_key: str | None = None
    headers: str | None = "{}"
    priority: int | None = None
    expires: Moment = None
    expire_seconds: int | None = None
    one_off: bool = False
    start_time: Moment = None
    enabled: bool = True
    last_run_at: Moment = None
    description: str | None = ""
    crontab: Crontab | None = None
    interval: Interval | None = None
    clocked: Clocked | None = None
    solar: Any = None
    total_run_count: Any = None
    date_changed: Any = None

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        row = PeriodicTask(
            name=self.name,
            task=self.task,
            description=self.description or "",
            enabled=self.enabled,
            start_time=self.start_time,
            expires=self.expires,
            last_run_at=self.last_run_at,
            **{column: getattr(self, column) for column in KEPT},
            **self._schedule(),
        )
        kind = next((kind for kind in SCHEDULES if getattr(self, kind)), "schedule")
        return draft_of(row, document, path, {**keys, "schedule": (kind,), "timezone": (kind,)})

    def _schedule(self) -> dict[str, Any]:
        if self.crontab:
            return {"crontab": CrontabSchedule(**self.crontab.model_dump())}
        if self.interval:
            return {"interval": IntervalSchedule(**self.interval.model_dump())}
        if self.clocked:
            return {"clocked": ClockedSchedule(**self.clocked.model_dump())}
        return {"solar": SolarSchedule()} if self.solar else {}


def entries(value: Any, others: Iterable[Any] = ()) -> Iterator[tuple[JsonPath, Any]] | None:
    """The rows of a dump; None when the value is none.

    ``others``: what was handed in with it, as one dump.
    """
    if not isinstance(value, list) or not any(_model(item).startswith(APP) for item in value):
        return None
    schedules = _in_others(others) | _schedules(value)
    rows = (
        (number, item["fields"])
        for number, item in enumerate(value)
        if _model(item) == f"{APP}.periodictask"
    )
    return (((number, "fields"), _with_schedules(fields, schedules)) for number, fields in rows)


def _schedules(value: list[Any]) -> dict[ScheduleKey, Any]:
    return {
        (kind, str(item.get("pk"))): item["fields"]
        for kind in SCHEDULES
        for item in value
        if _model(item) == f"{APP}.{kind}schedule"
    }


def _in_others(others: Iterable[Any]) -> dict[ScheduleKey, Any]:
    """The schedules of the other files; those that differ from file to file are none that could be
    meant.
    """
    found: dict[ScheduleKey, Any] = {}
    for value in others:
        for key, fields in _schedules(value if isinstance(value, list) else []).items():
            found[key] = fields if found.setdefault(key, fields) == fields else None
    return found


def _model(item: Any) -> str:
    """The model of an item of a dump, in small letters; empty for what is no such item."""
    is_item = (
        isinstance(item, dict)
        and isinstance(item.get("model"), str)
        and isinstance(item.get("fields"), dict)
    )
    return str(item["model"]).lower() if is_item else ""


def _with_schedules(fields: dict[str, Any], schedules: dict[ScheduleKey, Any]) -> Any:
    name = fields.get("name")
    if fields.get("task") == CLEAN_UP:
        return passed_over(str(name))
    found = {
        kind: schedules.get((kind, str(fields[kind])))
        for kind in SCHEDULES
        if fields.get(kind) is not None
    }
    for kind in (kind for kind, schedule in found.items() if schedule is None):
        hint = f"dump the whole app: manage.py dumpdata {APP}"
        key = (kind, str(fields[kind]))
        where = "differs from file to file" if key in schedules else "is not in the file"
        return NoEntry(f"its {kind} schedule {where}", hint, str(name))
    return fields | found


def _name(members: Mapping[str, Any], document: Document) -> str:
    name = members.get("name")
    return name if isinstance(name, str) else ""


KEYS: Keys = {
    "params": ("kwargs",),
    "starts_at": ("start_time",),
    "ends_at": ("expires",),
    "start_deadline_seconds": ("expire_seconds",),
    **{column: (column,) for column in ("name", "task", "description", *KEPT, *SCHEDULES)},
}

PERIODIC_TASK = Format("django-celery-beat", Row, KEYS, _name, forgiving=True)
