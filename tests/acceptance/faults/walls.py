"""What is due where clocks change, found the slow way: every minute of UTC is asked what the clock
on the wall shows.

Knows only what the scenario needs of cron, and shares no code with the product. The rule is the one
of Debian's cron: an expression whose minute or hour begins with ``*`` follows the wall minute by
minute; any other runs once where walls repeat, and at the end of the gap where walls are skipped.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago")
EXPRESSIONS = (
    "30 2 * * *",
    "0 2 * * *",
    "0,30 2,3 * * *",
    "15 0 * * *",
    "45 1 * * *",
    "59 23 * * *",
    "30 0-4 * * *",
    "30 * * * *",
    "*/15 * * * *",
    "*/30 2 * * *",
    "0 */2 * * *",
    "20 2 * * 0",
)
MINUTE = timedelta(minutes=1)
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def changes(zone: str, year: int) -> list[datetime]:
    """The moments of ``year`` at which the zone's clocks change, in UTC."""
    info = ZoneInfo(zone)
    hours = [
        datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=30 * number)
        for number in range(365 * 48)
    ]
    return [
        later
        for earlier, later in itertools.pairwise(hours)
        if earlier.astimezone(info).utcoffset() != later.astimezone(info).utcoffset()
    ]


def due(expression: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """All moments from ``start`` to ``end``, both included, at which the expression is due."""
    allowed = [
        _values(text, *limits) for text, limits in zip(expression.split(), RANGES, strict=True)
    ]
    minute, hour = expression.split()[:2]
    follows_wall = minute.startswith("*") or hour.startswith("*")
    info = ZoneInfo(zone)
    moments = []
    now = start
    while now <= end:
        wall = now.astimezone(info)
        if follows_wall:
            is_due = _matches(wall, allowed)
        else:
            is_due = (not wall.fold and _matches(wall, allowed)) or any(
                _matches(skipped, allowed) for skipped in _skipped(now, info)
            )
        if is_due:
            moments.append(now)
        now += MINUTE
    return moments


def _skipped(now: datetime, info: ZoneInfo) -> Iterator[datetime]:
    """The walls that were never shown, if the clock was put forward at ``now``."""
    wall = (now - MINUTE).astimezone(info).replace(tzinfo=None) + MINUTE
    shown = now.astimezone(info).replace(tzinfo=None)
    while wall < shown:
        yield wall
        wall += MINUTE


def _matches(wall: datetime, allowed: list[set[int]]) -> bool:
    shown = (wall.minute, wall.hour, wall.day, wall.month, wall.isoweekday() % 7)
    return all(value in values for value, values in zip(shown, allowed, strict=True))


def _values(text: str, lowest: int, highest: int) -> set[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            values.update(range(lowest, highest + 1, int(step or 1)))
        else:
            values.update(range(int(first), int(last or first) + 1))
    return values
