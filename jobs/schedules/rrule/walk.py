"""The wall times of a recurrence rule from its start on, found without counting up from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, product

from jobs.schedules.rrule.days import DayFilter, day_filter, days_within
from jobs.schedules.rrule.parts import Freq, Parts
from jobs.schedules.zones import SECOND

# How far ahead to look before a rule counts as over; the rarest day (a leap day on a weekday) takes
# 40 years.
_YEARS_AHEAD = 41
# And how many allowed days to try for one that the interval hits: twice the longest interval.
_MAX_DAYS = 2 * 5 * 365
_MIDNIGHT = time()


@dataclass(frozen=True)
class Walk:
    """A rule with its start; ``next_wall`` has the shape that ``walls`` takes."""

    parts: Parts
    start: datetime
    days: DayFilter
    times: tuple[time, ...]

    def next_wall(self, after: datetime) -> datetime | None:
        """The first matching wall time strictly after another and not before the start."""
        after = max(after, self.start - SECOND)
        limit = min(after.year + _YEARS_AHEAD, 9990)
        find = _by_period if self.parts.freq > Freq.DAILY else _by_unit
        return find(self, after, limit)


@lru_cache(maxsize=4096)
def walk_from(parts: Parts, start: datetime) -> Walk:
    """``start`` is a wall time; it stands in for the times of day the rule does not name."""
    return Walk(parts, start, day_filter(parts, start.date()), _times(parts, start))


def _times(parts: Parts, start: datetime) -> tuple[time, ...]:
    """The times within one period: of the day, or below an hourly or minutely unit."""
    hours = (parts.byhour or (start.hour,)) if parts.freq >= Freq.DAILY else (0,)
    minutes = (parts.byminute or (start.minute,)) if parts.freq >= Freq.HOURLY else (0,)
    seconds = (parts.bysecond or (start.second,)) if parts.freq >= Freq.MINUTELY else (0,)
    times = tuple(time(*clock) for clock in product(hours, minutes, seconds))
    if parts.bysetpos and parts.freq <= Freq.DAILY:
        # Every period holds the same times, so the picks are the same too.
        return tuple(times[index] for index in _picked(parts.bysetpos, len(times)))
    return times


def _picked(positions: tuple[int, ...], length: int) -> list[int]:
    """1-based positions, negative ones from the end, as ascending 0-based indexes."""
    indexes = {position - 1 if position > 0 else length + position for position in positions}
    return sorted(index for index in indexes if 0 <= index < length)


# Weekly and coarser: period by period.


def _by_period(walk: Walk, after: datetime, limit: int) -> datetime | None:
    for first, length in _periods(walk, after, limit):
        for wall in _walls_in(walk, first, length, after):
            if wall > after:
                return wall
    return None


def _walls_in(walk: Walk, first: date, length: int, after: datetime) -> Iterator[datetime]:
    """The wall times of one period, ascending; without those of days before ``after``."""
    days = list(days_within(walk.days, first, length))
    if walk.parts.bysetpos:
        for index in _picked(walk.parts.bysetpos, len(days) * len(walk.times)):
            day, clock = divmod(index, len(walk.times))
            yield datetime.combine(days[day], walk.times[clock])
        return
    today = after.date()
    for day_found in days:
        if day_found >= today:
            yield from (datetime.combine(day_found, clock) for clock in walk.times)


def _periods(walk: Walk, after: datetime, limit: int) -> Iterator[tuple[date, int]]:
    """(first day, length in days) of the rule's periods from the one that holds ``after`` on."""
    parts = walk.parts
    origin, index = _period_index(parts, walk.start.date()), _period_index(parts, after.date())
    index += (origin - index) % parts.interval
    while True:
        first, length = _period(parts, index)
        if first.year > limit:
            return
        yield first, length
        index += parts.interval


def _period_index(parts: Parts, day: date) -> int:
    if parts.freq is Freq.YEARLY:
        return day.year
    if parts.freq is Freq.MONTHLY:
        return day.year * 12 + day.month - 1
    return (day.toordinal() - 1 - parts.wkst) // 7


def _period(parts: Parts, index: int) -> tuple[date, int]:
    if parts.freq is Freq.YEARLY:
        first = date(min(index, 9998), 1, 1)
        return first, (date(first.year + 1, 1, 1) - first).days
    if parts.freq is Freq.MONTHLY:
        first = date(min(index // 12, 9998), index % 12 + 1, 1)
        return first, (date(first.year + first.month // 12, first.month % 12 + 1, 1) - first).days
    return date.fromordinal(min(index * 7 + 1 + parts.wkst, date.max.toordinal())), 7


# Daily and finer: day by day, the units of a day (for a daily rule, the day itself) being bits of
# one number.


def _by_unit(walk: Walk, after: datetime, limit: int) -> datetime | None:
    if not walk.times:
        return None
    for day in islice(_days_from(walk, after.date(), limit), _MAX_DAYS):
        found = _in_day(walk, day, after)
        if found is not None:
            return found
    return None


def _days_from(walk: Walk, day: date, limit: int) -> Iterator[date]:
    for year in range(day.year, limit + 1):
        first = max(day, date(year, 1, 1))
        yield from days_within(walk.days, first, (date(year + 1, 1, 1) - first).days)


def _in_day(walk: Walk, day: date, after: datetime) -> datetime | None:
    """The first wall time of an allowed day after ``after``, which is on this day or before it."""
    first = _first_aligned(walk, day)
    units = _units(walk.parts, first) if first < 86_400 // int(walk.parts.freq) else 0
    if not units:
        return None
    unit = int(walk.parts.freq)
    midnight = datetime.combine(day, _MIDNIGHT)
    if after > midnight:
        skip = int((after - midnight).total_seconds()) // unit
        units = units >> skip << skip
    while units:
        lowest = units & -units
        begin = midnight + timedelta(seconds=(lowest.bit_length() - 1) * unit)
        for clock in walk.times:
            wall = begin + timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
            if wall > after:
                return wall
        units ^= lowest
    return None


def _first_aligned(walk: Walk, day: date) -> int:
    """The first unit from midnight on that lies a whole number of intervals after the start."""
    unit = int(walk.parts.freq)
    start = walk.start
    start_index = (start.hour * 3_600 + start.minute * 60 + start.second) // unit
    passed = (day - start.date()).days * (86_400 // unit)
    return (start_index - passed) % walk.parts.interval


@lru_cache(maxsize=256)
def _units(parts: Parts, first: int) -> int:
    """The units of a day that are allowed and lie on the interval, of which ``first`` is the
    first.
    """
    length = 86_400 // int(parts.freq)
    return _allowed_units(parts) & (_every(length, parts.interval) << first)


@lru_cache(maxsize=256)
def _every(length: int, interval: int) -> int:
    """Bits 0, interval, 2 × interval … below ``length``."""
    if interval >= length:
        return 1
    mask, covered = 1, interval
    while covered < length:
        mask |= mask << covered
        covered *= 2
    return mask & ((1 << length) - 1)


@lru_cache(maxsize=256)
def _allowed_units(parts: Parts) -> int:
    """The units of any day that BYHOUR and, where it is a filter, BYMINUTE and BYSECOND allow."""
    inner, length = 1, 1
    for values, size, freq in (
        (parts.bysecond, 60, Freq.SECONDLY),
        (parts.byminute, 60, Freq.MINUTELY),
        (parts.byhour, 24, Freq.HOURLY),
    ):
        if parts.freq <= freq:
            inner = sum(inner << (value * length) for value in values or range(size))
            length *= size
    return inner
