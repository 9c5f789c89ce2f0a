"""``EXDATE:`` and ``RDATE:`` behind a recurrence rule (RFC 5545): dates it has not, and dates it
has besides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from jobs.errors import ScheduleError
from jobs.schedules.zones import first_instant

_PART = re.compile(r"\s+(?=(?:EXDATE|RDATE)[:;])", re.IGNORECASE)
_DATE = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


@dataclass(frozen=True)
class Dates:
    """``days`` are excluded as a whole, ``walls`` at a wall time of the zone, ``moments`` in UTC;
    ``added`` are moments in UTC, ascending.
    """

    days: frozenset[date] = frozenset()
    walls: frozenset[datetime] = frozenset()
    moments: frozenset[datetime] = frozenset()
    added: tuple[datetime, ...] = ()

    def excludes(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether EXDATE names this moment, or its day in the zone."""
        if moment in self.moments:
            return True
        wall = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        return wall in self.walls or wall.date() in self.days

    def added_after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first date of RDATE after this moment that EXDATE does not take away again."""
        return next((at for at in self.added if at > moment and not self.excludes(at, zone)), None)

    @property
    def excluded(self) -> int:
        return len(self.days) + len(self.walls) + len(self.moments)


def split_dates(text: str) -> tuple[str, list[tuple[str, int]]]:
    """The rule, and each part behind it with its place in the text."""
    starts = [match.end() for match in _PART.finditer(text)]
    if not starts:
        return text, []
    ends = [*starts[1:], len(text)]
    parts = [(text[at:end].strip(), at) for at, end in zip(starts, ends, strict=True)]
    return text[: starts[0]].rstrip(), parts


def read_dates(parts: list[tuple[str, int]], zone: ZoneInfo) -> Dates:
    """Read the parts; raises ScheduleError with the place of what is wrong."""
    days, walls, moments, added = set(), set(), set(), set()
    for text, at in parts:
        name, _, values = text.partition(":")
        if name.upper() not in ("EXDATE", "RDATE"):
            raise ScheduleError(
                f"{name[:20]}: parameters are not supported",
                position=at,
                hint="the dates are read in the job's time zone, or in UTC with a Z",
            )
        for value, place in _values(values, at + len(name) + 1):
            found = _value(value, name.upper(), place)
            if name.upper() == "RDATE":
                added.add(_instant(found, value, zone, place))
            elif not isinstance(found, datetime):
                days.add(found)
            elif found.tzinfo:
                moments.add(found)
            else:
                walls.add(found)
    return Dates(frozenset(days), frozenset(walls), frozenset(moments), tuple(sorted(added)))


def _values(text: str, at: int) -> list[tuple[str, int]]:
    found = []
    for value in text.split(","):
        found.append((value.strip(), at))
        at += len(value) + 1
    return found


def _value(text: str, name: str, at: int) -> date | datetime:
    match = _DATE.fullmatch(text.upper())
    if match is None:
        raise ScheduleError(
            f"{name}: {text[:20]!r} is not a date", position=at, hint="write 20271224T090000"
        )
    day, clock, zulu = match.groups()
    try:
        found = datetime.fromisoformat(f"{day}T{clock or '000000'}")
    except ValueError:
        raise ScheduleError(f"{name}: {text} is not a valid date", position=at) from None
    if clock is None:
        return found.date()
    return found.replace(tzinfo=UTC) if zulu else found


def _instant(found: date | datetime, text: str, zone: ZoneInfo, at: int) -> datetime:
    if not isinstance(found, datetime):
        raise ScheduleError(
            f"RDATE: {text} has no time of day", position=at, hint=f"write {text}T090000"
        )
    return found if found.tzinfo else first_instant(zone, found)
