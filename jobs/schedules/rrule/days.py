"""The days a recurrence rule allows, as one bit mask per year: bit n stands for day n + 1 of the
year.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from jobs.schedules.rrule.parts import Freq, Parts


@dataclass(frozen=True)
class DayFilter:
    """What a day must meet: every part that is given.

    ``by_year``: nth weekdays count in the year, not the month.
    """

    months: tuple[int, ...]
    month_days: tuple[int, ...]
    year_days: tuple[int, ...]
    week_numbers: tuple[int, ...]
    weekdays: tuple[tuple[int, int], ...]
    by_year: bool
    week_start: int


def day_filter(parts: Parts, start: date) -> DayFilter:
    """The filter of a rule that starts on this day, which stands in for days the rule does not
    name.
    """
    months, month_days, weekdays = parts.bymonth, parts.bymonthday, parts.byday
    if not parts.names_days:
        if parts.freq is Freq.YEARLY:
            months = months or (start.month,)
        if parts.freq in (Freq.YEARLY, Freq.MONTHLY):
            month_days = (start.day,)
        if parts.freq is Freq.WEEKLY:
            weekdays = ((0, start.weekday()),)
    by_year = parts.freq is Freq.YEARLY and not parts.bymonth
    return DayFilter(
        months, month_days, parts.byyearday, parts.byweekno, weekdays, by_year, parts.wkst
    )


def days_within(rule: DayFilter, first: date, length: int) -> Iterator[date]:
    """The allowed days among ``length`` days from ``first`` on, ascending; at most a year and a
    week.
    """
    number = first.timetuple().tm_yday
    mask = days_of_year(rule, first.year) >> number - 1
    left = _year_length(first.year) - number + 1
    if length > left and first.year < date.max.year:
        mask |= days_of_year(rule, first.year + 1) << left
    mask &= (1 << length) - 1
    while mask:
        lowest = mask & -mask
        yield first + timedelta(days=lowest.bit_length() - 1)
        mask ^= lowest


@lru_cache(maxsize=4096)
def days_of_year(rule: DayFilter, year: int) -> int:
    """The mask of the days that meet every part of the filter."""
    spans = _months(year)
    length = _year_length(year)
    mask = (1 << length) - 1
    if rule.months:
        mask &= _union(_span(*spans[month - 1]) for month in rule.months)
    if rule.month_days:
        mask &= _union(_numbered(day, *span) for span in spans for day in rule.month_days)
    if rule.year_days:
        mask &= _union(_numbered(day, 0, length) for day in rule.year_days)
    if rule.week_numbers:
        mask &= _weeks(rule, year)
    if rule.weekdays:
        wholes = [(0, length)] if rule.by_year else spans
        mask &= _union(
            _weekdays(year, nth, day, *span) for span in wholes for nth, day in rule.weekdays
        )
    return mask


def _union(masks: Iterable[int]) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result


def _year_length(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


@lru_cache(maxsize=256)
def _months(year: int) -> list[tuple[int, int]]:
    """(offset in the year, length) of each month."""
    spans, offset = [], 0
    for month in range(1, 13):
        length = calendar.monthrange(year, month)[1]
        spans.append((offset, length))
        offset += length
    return spans


def _span(offset: int, length: int) -> int:
    return ((1 << length) - 1) << offset


def _numbered(number: int, offset: int, length: int) -> int:
    """The nth day of a span, from its end when negative; nothing when the span is too short."""
    index = number - 1 if number > 0 else length + number
    return 1 << offset + index if 0 <= index < length else 0


def _weekdays(year: int, nth: int, weekday: int, offset: int, length: int) -> int:
    """The weekdays of a span: all of them for nth 0, else the nth, from its end when negative."""
    first_of_span = date(year, 1, 1) + timedelta(days=offset)
    first = (weekday - first_of_span.weekday()) % 7
    days = range(first, length, 7)
    if nth == 0:
        return _union(1 << offset + day for day in days)
    index = nth - 1 if nth > 0 else len(days) + nth
    return 1 << offset + days[index] if 0 <= index < len(days) else 0


def _weeks(rule: DayFilter, year: int) -> int:
    """The days of the numbered weeks.

    Around New Year, days of this year may be in weeks of the next or the last.
    """
    first_day, mask = date(year, 1, 1), 0
    for owner in (year - 1, year, year + 1):
        start, following = (
            _first_week(owner, rule.week_start),
            _first_week(owner + 1, rule.week_start),
        )
        count = (following - start).days // 7
        for number in rule.week_numbers:
            index = number - 1 if number > 0 else count + number
            if 0 <= index < count:
                offset = (start - first_day).days + index * 7
                mask |= _span(offset, 7) if offset >= 0 else _span(0, 7) >> -offset
    return mask


def _first_week(year: int, week_start: int) -> date:
    """Its first day; week 1 is the first one with four days or more in its year."""
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=(fourth.weekday() - week_start) % 7)
