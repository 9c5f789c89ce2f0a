"""``@every 1h30m``: a fixed period of elapsed time, counted from the anchor."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import ClassVar

from jobs.errors import ScheduleError
from jobs.schedules.notes import has_shifts
from jobs.schedules.rule import LAST_MOMENT, Rule
from jobs.schedules.zones import zone_named

LONGEST = timedelta(days=5 * 365)

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(r"(?P<number>[0-9]{1,12}(?:\.[0-9]{1,6})?)(?P<unit>[a-z]{1,2})")
_HINT = "write a duration such as 1h30m, 90s or 2d"


@dataclass(frozen=True)
class IntervalRule(Rule):
    """Occurrences at anchor + k × period, k = 0, 1, 2 …, on whole seconds."""

    kind: ClassVar[str] = "interval"

    period: timedelta = field(compare=False, repr=False)

    def _next(self, moment: datetime, anchor: datetime) -> datetime | None:
        first = anchor.astimezone(UTC).replace(microsecond=0)
        if moment < first:
            return first
        following = first + ((moment - first) // self.period + 1) * self.period
        return following if following < LAST_MOMENT else None

    def describe(self) -> str:
        return f"Every {spoken(self.period)}"

    def notes(self, moment: datetime) -> list[str]:
        if self.period % timedelta(days=1) or not has_shifts(zone_named(self.timezone), moment):
            return []
        return ["counts elapsed time, so the local time shifts when the clocks change"]


def spoken(period: timedelta) -> str:
    """ "hour", "1 minute 30 seconds", "24 hours" (a day of the calendar may be longer or
    shorter).
    """
    parts, rest = [], int(period.total_seconds())
    sizes = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)]
    for name, size in sizes if rest > 86_400 else sizes[1:]:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return parts[0].removeprefix("1 ") if len(parts) == 1 else " ".join(parts)


def read_interval(text: str, timezone: str, duration: str, position: int) -> IntervalRule:
    """``duration`` is the part of ``text`` after ``@every``, which starts at ``position``."""
    if not duration:
        raise ScheduleError("interval: the duration is missing", position=position, hint=_HINT)
    return IntervalRule(text, timezone, read_duration(duration, position))


def read_duration(duration: str, position: int = 0) -> timedelta:
    """``1h30m`` and the like, from a second to five years; raises ScheduleError."""
    seconds, at = Fraction(0), 0
    while at < len(duration):
        match = _PART.match(duration, at)
        if match is None:
            raise ScheduleError(
                f"interval: {duration[at : at + 12]!r} is not a duration",
                position=position + at,
                hint=_HINT,
            )
        seconds += _seconds(match, position)
        at = match.end()
    return _checked(seconds, position)


def _seconds(match: re.Match[str], position: int) -> Fraction:
    unit = match["unit"]
    if unit not in _UNITS:
        where = position + match.start("unit")
        raise ScheduleError(
            f"interval: unit {unit!r} is unknown", position=where, hint="units are d, h, m and s"
        )
    return Fraction(match["number"]) * _UNITS[unit]


def _checked(seconds: Fraction, position: int) -> timedelta:
    if seconds < 1:
        raise ScheduleError("interval: shorter than 1 second", position=position, hint=_HINT)
    if seconds > LONGEST.total_seconds():
        raise ScheduleError("interval: longer than 5 years", position=position, hint=_HINT)
    if seconds.denominator != 1:
        raise ScheduleError(
            "interval: not a whole number of seconds", position=position, hint=_HINT
        )
    return timedelta(seconds=int(seconds))
