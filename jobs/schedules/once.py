"""One-off schedules: an ISO 8601 date-time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from jobs.errors import ScheduleError
from jobs.schedules.notes import shift_note
from jobs.schedules.rule import FIRST_MOMENT, LAST_MOMENT, Rule
from jobs.schedules.zones import first_instant, shift_at

LOOKS_LIKE_A_DATE = re.compile(r"[0-9]{4}-")
_DATE_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OnceRule(Rule):
    """One occurrence, ``at`` (UTC); ``wall`` is the wall time it was written as, None when it had
    an offset.
    """

    kind: ClassVar[str] = "once"

    zone: ZoneInfo = field(compare=False, repr=False)
    at: datetime = field(compare=False, repr=False)
    wall: datetime | None = field(compare=False, repr=False)

    def _next(self, moment: datetime, anchor: datetime) -> datetime | None:
        return self.at if self.at > moment else None

    def describe(self) -> str:
        local = self.at.astimezone(self.zone)
        return f"Once, on {local:%a} {local.day} {local:%b %Y} at {_clock(local)}, {self.timezone}"

    def notes(self, moment: datetime) -> list[str]:
        shift = shift_at(self.zone, self.wall) if self.wall else None
        if shift is None or self.wall is None or self.at <= moment:
            return []
        return [shift_note(shift, self.zone, [self.wall])]


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"


def read_once(text: str, timezone: str, zone: ZoneInfo) -> OnceRule:
    written, position = text.strip(), len(text) - len(text.lstrip())
    match = _DATE_TIME.fullmatch(written)
    if match is None:
        hint = "write 2027-03-28T09:00 or 2027-03-28T09:00:00+02:00"
        raise ScheduleError(f"{written[:40]!r} is not a date-time", position=position, hint=hint)
    if match["clock"] is None:
        hint = f"write {written}T09:00"
        raise ScheduleError(
            "the time of day is missing", position=position + len(written), hint=hint
        )
    return _rule(text, timezone, zone, _value(written, position))


def _value(written: str, position: int) -> datetime:
    try:
        value = datetime.fromisoformat(written.upper())
    except ValueError as error:
        raise ScheduleError(
            f"{written} is not a valid date-time: {_reason(error)}", position=position
        ) from None
    day = value.replace(tzinfo=UTC)
    if not FIRST_MOMENT < day < LAST_MOMENT:
        raise ScheduleError(
            f"year {value.year} is out of range",
            position=position,
            hint="use a year from 1901 to 8999",
        )
    return value


def _reason(error: ValueError) -> str:
    return "offsets are shorter than 24 hours" if "timedelta" in str(error) else str(error)


def _rule(text: str, timezone: str, zone: ZoneInfo, value: datetime) -> OnceRule:
    if value.tzinfo is None:
        return OnceRule(text, timezone, zone, first_instant(zone, value), value)
    return OnceRule(text, timezone, zone, value.astimezone(UTC), None)
