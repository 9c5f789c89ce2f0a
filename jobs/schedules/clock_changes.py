"""From wall times to occurrences, by Debian cron's rule for the days the clocks change.

A rule that names its times of day is *fixed*: a skipped time runs at the end of the gap, a repeated
one runs once. A rule whose minute or hour is a wildcard follows *elapsed* time: it runs in both
passes of a repeated hour, and not in a gap. Both take ``walls``, which gives the first matching
wall time strictly after another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from jobs.schedules.zones import SECOND, first_instant, instants, offset_at, shift_at

Walls = Callable[[datetime], datetime | None]

# A rule may name only times that the zone's gaps swallow, year after year; look past so many of
# them.
_MAX_GAPS = 64
# Clocks do not change twice so soon: where the offset is the same, it has not changed in between.
_NEAR = timedelta(hours=6)


def next_fixed(zone: ZoneInfo, walls: Walls, moment: datetime) -> datetime | None:
    """The first occurrence after ``moment``; every wall time counts once."""
    local = moment.astimezone(zone)
    wall = local.replace(tzinfo=None, fold=0)
    if local.fold and (shift := shift_at(zone, wall)):
        # Second pass: whatever the repeated span holds has run in the first.
        wall = shift.wall_before - SECOND
    found = walls(wall)
    return None if found is None else first_instant(zone, found)


def next_elapsed(zone: ZoneInfo, walls: Walls, moment: datetime) -> datetime | None:
    """The first instant after ``moment`` whose wall time matches; repeated wall times count
    twice.
    """
    local = moment.astimezone(zone)
    wall = local.replace(tzinfo=None, fold=0)
    found = walls(wall)
    if found is not None and found - wall < _NEAR:
        straight = moment + (found - wall)
        if offset_at(zone, straight) == local.utcoffset():
            return straight
    return _around_shifts(
        zone, walls, moment, found if local.fold else _put_back(zone, walls, wall, found)
    )


def _put_back(
    zone: ZoneInfo, walls: Walls, wall: datetime, found: datetime | None
) -> datetime | None:
    """The next matching wall time as the clock will show it, from the first pass of a span that
    comes again.
    """
    shift = shift_at(zone, wall)
    if shift and (found is None or found >= shift.wall_before):
        return walls(shift.wall_after - SECOND)
    return found


def _around_shifts(
    zone: ZoneInfo, walls: Walls, moment: datetime, found: datetime | None
) -> datetime | None:
    """The instant of a wall time, or of the next ones where gaps swallow it."""
    for _ in range(_MAX_GAPS):
        if found is None:
            return None
        for instant in instants(zone, found):
            if instant > moment:
                return instant
        gap = shift_at(zone, found)
        assert gap is not None
        found = walls(gap.wall_after - SECOND)
    return None
