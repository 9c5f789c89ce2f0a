"""When a task runs: the object under ``schedule``, from its words to a job's fields and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jobs.errors import DomainError, ScheduleError
from jobs.models import Job
from jobs.moments import carries_offset, iso, read_moment
from jobs.schedules.cron.cronexpr import read_cronexpr, shown_cronexpr
from jobs.schedules.zones import zone_named

KINDS = ("one-time", "recurring", "cron")
EXPRESSIONS = ("expression", "cron_expression", "cron")
ZONES = ("time_zone", "timezone")
USED: Mapping[str, frozenset[str]] = {
    "one-time": frozenset({"start_time"}),
    "recurring": frozenset({"interval", *EXPRESSIONS, "start_time", "end_time"}),
    "cron": frozenset({*EXPRESSIONS, "start_time", "end_time"}),
}
UTC_NAME = "UTC"
PAST = "start_time is in the past: the task runs once, now"


@dataclass
class When:
    """The fields of a job, and what its sender may not expect of them."""

    values: dict[str, Any]
    warnings: list[str] = field(default_factory=list)


def read_schedule(schedule: Mapping[str, Any], now: datetime) -> When:
    """Raises DomainError and ScheduleError, which name the field under ``schedule``."""
    given = {name: value for name, value in schedule.items() if value not in (None, "")}
    kind = str(given.get("type"))
    if kind not in USED:
        raise DomainError(f"must be one of {', '.join(KINDS)}", field="schedule.type")
    zone = _zone(given)
    when = When({"timezone": zone.key})
    start, end = (_moment(given, name, zone, when) for name in ("start_time", "end_time"))
    when.warnings += [
        f"schedule.{name} has no meaning for a {kind} task, and is ignored"
        for name in sorted(given.keys() - USED[kind] - {"type", *ZONES})
    ]
    if kind == "one-time":
        _once(when, start, now)
    else:
        cron = read_cronexpr(_period(given) if kind == "recurring" else _expression(given))
        start, end = cron.window(zone, start, end)
        if end and end <= now:
            raise DomainError("is in the past: the task would never run", field="schedule.end_time")
        when.values |= {"schedule": cron.text, "starts_at": start, "ends_at": end}
        when.warnings += [f"schedule.expression {cron.says}"] if cron.says else []
    return when


def schedule_fields(job: Job) -> dict[str, Any]:
    """A job's fields in its words."""
    kind = job.rule().kind if not job.state.schedule_error else "cron"
    zone = {"time_zone": job.timezone, "timezone": job.timezone}
    window = {"start_time": iso(job.starts_at), "end_time": iso(job.ends_at)}
    window = {name: moment for name, moment in window.items() if moment}
    if kind in {"once", "manual"}:
        return {
            "type": "one-time",
            "start_time": job.schedule if kind == "once" else iso(job.created_at),
        } | zone
    if kind == "interval":
        return (
            {"type": "recurring", "interval": job.schedule.removeprefix("@every").strip()}
            | window
            | zone
        )
    text = shown_cronexpr(job.schedule)
    return {"type": "cron", "expression": text, "cron_expression": text} | window | zone


def _zone(given: Mapping[str, Any]) -> ZoneInfo:
    named = {name: str(given[name]) for name in ZONES if name in given}
    if len(set(named.values())) > 1:
        raise DomainError("differs from timezone, another name of it", field="schedule.time_zone")
    field_name = next(iter(named), "time_zone")
    try:
        return zone_named(named.get(field_name, UTC_NAME))
    except ScheduleError as error:
        raise DomainError(error.message, field=f"schedule.{field_name}", hint=error.hint) from None


def _moment(given: Mapping[str, Any], name: str, zone: ZoneInfo, when: When) -> datetime | None:
    """One without an offset, such as a form's ``2026-12-24T15:00``, is of the schedule's zone; that
    is said.
    """
    if name not in given:
        return None
    try:
        moment = read_moment(given[name], zone)
    except ValueError as error:
        raise DomainError(str(error), field=f"schedule.{name}") from None
    if not carries_offset(given[name]):
        when.warnings.append(f"schedule.{name} has no offset, and is read as a time of {zone.key}")
    return moment


def _once(when: When, start: datetime | None, now: datetime) -> None:
    if start is None or start <= now:
        when.values["schedule"] = "@manual"
        when.warnings += [PAST] if start else []
        return
    # To the second, as occurrences are; a start within this second is the next one.
    when.values["schedule"] = f"{start + timedelta(seconds=1, microseconds=-1):%Y-%m-%dT%H:%M:%SZ}"


def _expression(given: Mapping[str, Any]) -> str:
    found = next((given[name] for name in EXPRESSIONS if name in given), None)
    if found is None:
        raise DomainError("is required", field="schedule.expression")
    return str(found)


def _period(given: Mapping[str, Any]) -> str:
    """An interval in seconds or as ``1h30m``; a cron text will do too."""
    interval = given.get("interval")
    if interval is None:
        return _expression(given)
    return f"@every {interval}s" if isinstance(interval, int) else f"@every {interval}"
