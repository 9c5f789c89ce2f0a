"""Cron by brute force, written from the man page alone: every candidate second or minute is looked
at.

It shares no code with ``jobs.schedules`` and reads a smaller language: numbers, ``*``, ranges,
steps and lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_RANGES = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def expected(
    text: str,
    zone_name: str,
    after: datetime,
    until: datetime,
    margin: timedelta = timedelta(days=2),
) -> list[datetime]:
    """The occurrences of a cron text in (after, until], in UTC, by Debian cron's rule for clock
    changes.

    ``margin`` is how much earlier to start looking; it must be longer than any jump of the clocks
    near by.
    """
    fields = text.split()
    step = timedelta(seconds=1) if len(fields) == 6 else timedelta(minutes=1)
    fields = fields if len(fields) == 6 else ["0", *fields]
    zone = ZoneInfo(zone_name)
    wildcard = fields[1][0] == "*" or fields[2][0] == "*"
    find = _elapsed if wildcard else _fixed
    moments = _every(after - margin, until, step)
    return sorted(moment for moment in find(fields, zone, moments, step) if after < moment <= until)


def _elapsed(
    fields: list[str], zone: ZoneInfo, moments: Iterator[datetime], step: timedelta
) -> set[datetime]:
    """Every instant whose wall clock matches."""
    allowed = _allowed(fields)
    return {moment for moment in moments if _matches(fields, allowed, moment.astimezone(zone))}


def _fixed(
    fields: list[str], zone: ZoneInfo, moments: Iterator[datetime], step: timedelta
) -> set[datetime]:
    """Every wall time that matches, at the first instant the wall clock shows it or has passed it
    by.
    """
    allowed = _allowed(fields)
    due: set[datetime] = set()
    shown = None
    for moment in moments:
        wall = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        # The highest wall time so far moves on by one step, by many over a gap, or not at all in a
        # second pass.
        while shown is None or shown < wall:
            shown = wall if shown is None else shown + step
            if _matches(fields, allowed, shown):
                due.add(moment)
    return due


def _every(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    moment = start.astimezone(UTC).replace(second=0, microsecond=0)
    while moment <= end:
        yield moment
        moment += step


def _allowed(fields: list[str]) -> list[set[int]]:
    return [_values(field, *bounds) for field, bounds in zip(fields, _RANGES, strict=True)]


def _values(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for item in field.split(","):
        if "L" in item or "#" in item:
            continue
        base, _, step = item.partition("/")
        first, last = low, high
        if base != "*":
            start, dash, end = base.partition("-")
            first = int(start)
            last = int(end) if dash else (high if step else first)
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def _matches(fields: list[str], allowed: list[set[int]], wall: datetime) -> bool:
    clock = wall.second in allowed[0] and wall.minute in allowed[1] and wall.hour in allowed[2]
    return clock and wall.month in allowed[4] and _day_matches(fields, allowed, wall.date())


def _day_matches(fields: list[str], allowed: list[set[int]], day: date) -> bool:
    of_month = day.day in allowed[3] or _is_last(fields[3].split(","), day)
    of_week = bool(_numbers(day) & allowed[5]) or _is_nth(fields[5].split(","), day)
    if fields[3][0] == "*" or fields[5][0] == "*":
        return of_month and of_week
    return of_month or of_week


def _numbers(day: date) -> set[int]:
    return {day.isoweekday(), day.isoweekday() % 7}


def _is_last(items: list[str], day: date) -> bool:
    later = [day + timedelta(days=ahead) for ahead in range(1, 31)]
    left = [other for other in later if other.month == day.month]
    last = "L" in items and not left
    working = (
        "LW" in items
        and day.isoweekday() < 6
        and not [other for other in left if other.isoweekday() < 6]
    )
    return last or working


def _is_nth(items: list[str], day: date) -> bool:
    nth = sum(
        1 for number in range(1, day.day + 1) if day.replace(day=number).weekday() == day.weekday()
    )
    last = (day + timedelta(days=7)).month != day.month
    return any(
        f"{number}#{nth}" in items or (last and f"{number}L" in items) for number in _numbers(day)
    )


def expected_days(text: str, start: date, count: int) -> list[date]:
    """The days from ``start`` on, of ``count`` looked at, that a five-field cron text allows."""
    fields = ["0", *text.split()]
    allowed = _allowed(fields)
    days = (start + timedelta(days=ahead) for ahead in range(count))
    return [day for day in days if day.month in allowed[4] and _day_matches(fields, allowed, day)]
