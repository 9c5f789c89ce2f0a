"""Recurrence rules as a sentence."""

from __future__ import annotations

import calendar
from datetime import UTC
from itertools import product

from jobs.schedules.cron.describe import joined, ordinal
from jobs.schedules.rrule.parts import Freq, Parts

_UNITS = {
    Freq.YEARLY: "year",
    Freq.MONTHLY: "month",
    Freq.WEEKLY: "week",
    Freq.DAILY: "day",
    Freq.HOURLY: "hour",
    Freq.MINUTELY: "minute",
    Freq.SECONDLY: "second",
}
_MOST_TIMES = 6
_MOST_WORDS = 8


def _few(words: list[str]) -> str:
    """A list in words, cut where nobody would read on."""
    return joined(
        words
        if len(words) <= _MOST_WORDS
        else [*words[:_MOST_WORDS], f"{len(words) - _MOST_WORDS} more"]
    )


def describe_parts(parts: Parts) -> str:
    """ "Every 2 weeks on Monday and Friday at 09:00, 10 times"."""
    phrases = (_every(parts), *_days(parts), _months(parts), _times(parts), _picks(parts))
    return " ".join(phrase for phrase in phrases if phrase) + _end(parts)


def _every(parts: Parts) -> str:
    unit = _UNITS[parts.freq]
    return f"Every {unit}" if parts.interval == 1 else f"Every {parts.interval} {unit}s"


def _days(parts: Parts) -> list[str]:
    found = []
    if parts.byday:
        found.append(f"on {_few([_weekday(nth, day) for nth, day in parts.byday])}")
    if parts.bymonthday:
        found.append(
            f"on {_few([_nth(number, 'day') for number in parts.bymonthday])} of the month"
        )
    if parts.byyearday:
        found.append(f"on {_few([_nth(number, 'day') for number in parts.byyearday])} of the year")
    if parts.byweekno:
        found.append(f"in {_few([_nth(number, 'week') for number in parts.byweekno])} of the year")
    return found


def _weekday(nth: int, day: int) -> str:
    name = calendar.day_name[day]
    return _nth(nth, name) if nth else name


def _nth(number: int, noun: str) -> str:
    """ "the 2nd day", "the last day", "the 2nd last day"."""
    if number == -1:
        return f"the last {noun}"
    return f"the {ordinal(abs(number))} {'last ' if number < 0 else ''}{noun}"


def _months(parts: Parts) -> str:
    return (
        f"in {_few([calendar.month_name[month] for month in parts.bymonth])}"
        if parts.bymonth
        else ""
    )


def _times(parts: Parts) -> str:
    if parts.freq >= Freq.DAILY and parts.byhour and parts.byminute:
        times = [f"{hour:02}:{minute:02}" for hour, minute in product(parts.byhour, parts.byminute)]
        if len(times) <= _MOST_TIMES and parts.bysecond in ((), (0,)):
            return f"at {_few(times)}"
    named = (("hour", parts.byhour), ("minute", parts.byminute), ("second", parts.bysecond))
    return " ".join(
        f"at {unit} {_few([str(value) for value in values])}" for unit, values in named if values
    )


def _picks(parts: Parts) -> str:
    if not parts.bysetpos:
        return ""
    return (
        f"(only {_few([_nth(position, 'match') for position in parts.bysetpos])} of each "
        f"{_UNITS[parts.freq]})"
    )


def _end(parts: Parts) -> str:
    if parts.count is not None:
        return f", {parts.count} times" if parts.count > 1 else ", once"
    if parts.until is None:
        return ""
    zone = " UTC" if parts.until.tzinfo is UTC else ""
    return f", until {parts.until.day} {parts.until:%b %Y %H:%M}{zone}"
