"""Between wall clocks and UTC: where clocks are put forward a wall time is skipped, put back it
comes twice.

A *wall time* is a naive date-time as a clock on the wall in the zone shows it. An *instant* is an
aware UTC date-time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from jobs.errors import ScheduleError

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

_ZONE_NAME = re.compile(r"[A-Za-z0-9_+\-]{1,32}(?:/[A-Za-z0-9_+\-]{1,32}){0,2}", re.ASCII)
# Leap-second and machine-dependent entries of the zone database; wall clocks do not follow them.
_NOT_ZONES = ("right/", "posix/", "localtime", "posixrules", "Factory", "leapseconds")


@dataclass(frozen=True)
class Shift:
    """One change of a zone's offset: at the instant ``at``, from ``before`` to ``after``."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def is_gap(self) -> bool:
        return self.after > self.before

    @property
    def wall_before(self) -> datetime:
        """What the clock would have shown had it not been moved."""
        return self.at.replace(tzinfo=None) + self.before

    @property
    def wall_after(self) -> datetime:
        """What the clock shows once it was moved."""
        return self.at.replace(tzinfo=None) + self.after


def zone_named(name: str) -> ZoneInfo:
    """The zone, or a ScheduleError on the field ``timezone`` with the nearest names."""
    try:
        if not _ZONE_NAME.fullmatch(name) or name.startswith(_NOT_ZONES):
            raise ValueError(name)
        return ZoneInfo(name)
    # A folder of the zone database, such as "Europe", is an OSError; an unknown name a KeyError.
    except (KeyError, ValueError, OSError):
        raise ScheduleError(
            _unknown_zone(name), field="timezone", hint=_zone_hint(name[:64])
        ) from None


def _unknown_zone(name: str) -> str:
    return f"{name[:64]!r} is not a known time zone" if name else "no time zone given"


@lru_cache(maxsize=256)
def _zone_hint(name: str) -> str:
    names = {
        zone.lower(): zone for zone in available_timezones() if not zone.startswith(_NOT_ZONES)
    }
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6)
    return (
        f"did you mean {' or '.join(names[zone] for zone in near)}?"
        if near
        else "use a name such as Europe/Berlin"
    )


def offset_at(zone: ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _offsets(zone: ZoneInfo, wall: datetime) -> tuple[timedelta, timedelta]:
    """The offset before and after a clock change that touches this wall time; equal when none
    does.
    """
    first = wall.replace(tzinfo=zone, fold=0).utcoffset()
    second = wall.replace(tzinfo=zone, fold=1).utcoffset()
    assert first is not None
    assert second is not None
    return first, second


def shift_at(zone: ZoneInfo, wall: datetime) -> Shift | None:
    """The clock change that skips or repeats this wall time; None for an ordinary one."""
    before, after = _offsets(zone, wall)
    if before == after:
        return None
    early, late = sorted((_instant(wall, before), _instant(wall, after)))
    return Shift(_change(zone, early, late), before, after)


def _instant(wall: datetime, offset: timedelta) -> datetime:
    return wall.replace(tzinfo=UTC) - offset


def _change(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The first second with the offset of ``late``; ``early`` still has the one before."""
    before = offset_at(zone, early)
    span = int((late - early).total_seconds())
    low, high = 0, span
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, early + middle * SECOND) == before:
            low = middle
        else:
            high = middle
    return (early + high * SECOND).replace(microsecond=0)


def instants(zone: ZoneInfo, wall: datetime) -> list[datetime]:
    """The instants at which the zone's clocks show this wall time: none, one or two, ascending."""
    before, after = _offsets(zone, wall)
    if before == after:
        return [_instant(wall, before)]
    return [_instant(wall, before), _instant(wall, after)] if before > after else []


def first_instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """Where a job for this wall time runs: at it, at its first showing, or at the end of the gap
    that skips it.
    """
    before, after = _offsets(zone, wall)
    if before >= after:
        return _instant(wall, before)
    shift = shift_at(zone, wall)
    assert shift is not None
    return shift.at


def shifts_between(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Shift]:
    """The clock changes in (start, end], ascending; looked for day by day.

    Both are in UTC: days are 24 hours.
    """
    early = start.replace(microsecond=0)
    while early < end:
        late = min(early + DAY, end)
        before, after = offset_at(zone, early), offset_at(zone, late)
        if before != after:
            yield Shift(_change(zone, early, late), before, after)
        early = late
