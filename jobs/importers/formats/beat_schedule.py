"""Celery's own ``beat_schedule``: ``{name: {"task", "schedule", "args", "kwargs", "options"}}``.

As JSON it stands under ``beat_schedule`` or by itself. A schedule is a number of seconds, a cron
text, or ``{"crontab": {"minute": …}}``. What becomes of an entry is what becomes of the row that
celery beat would make of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from math import ceil
from typing import Any, Literal

from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from jobs.errors import DomainError
from jobs.importers.contents.base import NoEntry
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Draft, Keys
from jobs.importers.files.positions import JsonPath
from jobs.importers.formats.base import Entry, Format
from jobs.importers.formats.native import Moment, read_native_moment
from jobs.importers.formats.rows import CLEAN_UP, draft_of, passed_over

SETTINGS = ("beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE")
ZONES = ("timezone", "CELERY_TIMEZONE")
CRONTAB_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
ROW_OPTIONS = ("queue", "exchange", "routing_key", "priority", "headers")
LIMITS = ("expires", "expire_seconds", "time_limit")
MOST_SECONDS = 10**9
MICROSECOND = timedelta(microseconds=1)


class BeatEntry(Entry):
    name: str
    task: str
    schedule: Any
    args: list[Any] | None = None
    kwargs: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    relative: Literal[False] = False
    # What an entry may say besides, as django-celery-beat makes a row of it.
    description: str | None = None
    enabled: bool = True
    start_time: Moment = None
    one_off: bool = False
    expires: Any = None
    expire_seconds: int | None = None
    queue: str | None = None
    exchange: str | None = None
    routing_key: str | None = None
    priority: int | None = None
    headers: dict[str, Any] | None = None
    last_run_at: Any = None
    total_run_count: Any = None

    def draft(self, document: Document, path: JsonPath, keys: Keys) -> Draft:
        row = PeriodicTask(
            name=self.name,
            task=self.task,
            args=json.dumps(self.args or []),
            kwargs=json.dumps(self.kwargs or {}),
            description=self.description or "",
            enabled=self.enabled,
            start_time=self.start_time,
            **schedule_of(self.schedule, zone_in(document)),
            one_off=self.one_off,
            **columns_of({**self._row_options(), **(self.options or {})}),
        )
        draft = draft_of(row, document, path, keys)
        if limit := (self.options or {}).get("time_limit"):
            draft.values["timeout_seconds"] = limit
        return draft

    def _row_options(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in (*ROW_OPTIONS, "expires", "expire_seconds")}
        return {name: value for name, value in given.items() if value is not None}


def entries(value: Any) -> Iterator[tuple[JsonPath, Any]] | None:
    """The entries of a ``beat_schedule``; None when the value is none."""
    if not isinstance(value, dict):
        return None
    for setting in SETTINGS:
        if isinstance(value.get(setting), dict):
            return (((setting, name), _named(name, raw)) for name, raw in value[setting].items())
    is_bare = bool(value) and all(
        isinstance(raw, dict) and {"task", "schedule"} <= raw.keys() for raw in value.values()
    )
    return (((name,), _named(name, raw)) for name, raw in value.items()) if is_bare else None


def zone_in(document: Document) -> str:
    """The zone that the file itself sets beside its schedule, else the one that holds for the
    file.
    """
    value = document.value
    named = (value.get(setting) for setting in ZONES) if isinstance(value, dict) else ()
    return next((zone for zone in named if zone and isinstance(zone, str)), document.zone)


def _named(name: str, raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw if isinstance(raw, NoEntry) else NoEntry("an entry must be an object", name=name)
    if raw.get("task") == CLEAN_UP:
        return passed_over(name)
    return {"name": name} | raw


def schedule_of(value: Any, zone: str) -> dict[str, Any]:
    """The schedule's column of the row and what stands in it; raises DomainError."""
    if isinstance(value, str):
        value = (
            {"crontab": dict(zip(CRONTAB_FIELDS, value.split(), strict=False))}
            if len(value.split()) == 5
            else None
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"interval": _interval(value)}
    if isinstance(value, dict) and isinstance(value.get("crontab"), dict):
        return {"crontab": _crontab(value["crontab"], zone)}
    if isinstance(value, dict) and "solar" in value:
        return {"solar": SolarSchedule()}
    raise DomainError(
        "is not a schedule",
        field="schedule",
        hint='wanted: seconds, "30 2 * * *", or {"crontab": {"minute": "30", …}}',
    )


def _interval(seconds: float) -> IntervalSchedule:
    try:
        period = timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        raise DomainError("is not a valid number of seconds", field="schedule") from None
    if period % timedelta(seconds=1):
        return IntervalSchedule(every=period // MICROSECOND, period="microseconds")
    return IntervalSchedule(every=period // timedelta(seconds=1), period="seconds")


def _crontab(fields: dict[str, Any], zone: str) -> CrontabSchedule:
    unknown = fields.keys() - {*CRONTAB_FIELDS}
    if unknown:
        raise DomainError(f"crontab has no {', '.join(sorted(unknown))}", field="schedule")
    texts = {name: _field(fields.get(name, "*")) for name in CRONTAB_FIELDS}
    return CrontabSchedule(**texts, timezone=zone)


def _field(value: Any) -> str:
    """A field's text; celery takes a number and a list of numbers too."""
    parts = value if isinstance(value, list) else [value]
    if not parts or not all(
        isinstance(part, str | int) and not isinstance(part, bool) for part in parts
    ):
        raise DomainError(
            "a crontab's field is a text, a number or a list of them", field="schedule"
        )
    return ",".join(map(str, parts))


def columns_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a row for what ``apply_async`` takes besides the arguments; raises
    DomainError.
    """
    columns = {name: options[name] for name in ROW_OPTIONS if options.get(name) is not None}
    for name in options.keys() - {*ROW_OPTIONS, *LIMITS}:
        raise DomainError(
            "cannot be kept by a job",
            field=name,
            hint="take it out; a job has its own timeout, retries and policies",
        )
    for name in ("queue", "exchange", "routing_key"):
        if not isinstance(columns.get(name, ""), str):
            raise DomainError("must be a text", field=name)
    if not isinstance(columns.get("priority", 0), int):
        raise DomainError("must be a whole number", field="priority")
    headers = {"headers": json.dumps(columns["headers"])} if "headers" in columns else {}
    return columns | headers | _expiry(options)


def _expiry(options: Mapping[str, Any]) -> dict[str, Any]:
    """``expires`` as seconds is a deadline of each message's start, as a date-time the end of the
    schedule.
    """
    expires = options.get("expires")
    if expires is None:
        return {"expire_seconds": options.get("expire_seconds")}
    if isinstance(expires, int | float) and not isinstance(expires, bool):
        if not 0 < expires < MOST_SECONDS:
            raise DomainError("must be a number of seconds above 0", field="expires")
        return {"expire_seconds": ceil(expires)}
    try:
        return {"expires": read_native_moment(expires)}
    except (TypeError, ValueError) as error:
        raise DomainError(str(error), field="expires") from None


def _name(members: Mapping[str, Any], document: Document) -> str:
    return str(members.get("name", ""))


# What apply_async takes besides: refused, each where it stands.
REFUSED = (
    "add_to_parent", "compression", "countdown", "eta", "ignore_result", "link", "link_error",
    "retry", "retry_policy",
    "serializer", "shadow", "soft_time_limit", "task_id",
)  # fmt: skip
OPTIONS: Keys = {name: ("options", name) for name in (*ROW_OPTIONS, *LIMITS, *REFUSED)}
KEYS: Keys = {
    "task": ("task",),
    "params": ("kwargs",),
    "args": ("args",),
    "timezone": ("schedule",),
    "starts_at": ("start_time",),
    **dict.fromkeys(("schedule", "crontab", "interval", "solar"), ("schedule",)),
    **OPTIONS,
    "expires": ("options", "expires"),
    "start_deadline_seconds": ("options", "expires"),
    "timeout_seconds": ("options", "time_limit"),
    "ends_at": ("options", "expires"),
    "one_off": ("one_off",),
}

BEAT_SCHEDULE = Format("beat_schedule", BeatEntry, KEYS, _name, forgiving=False)
