"""The days a recurrence rule allows, as one bit mask per year."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from jobs.schedules.rrule_parts import Freq, Parts


@dataclass(frozen=True)
class DayFilter:
    """What a day must meet: every part that is given. ``by_year``: nth weekdays count in the year, not the month."""

    months: tuple[int, ...]
    month_days: tuple[int, ...]
    year_days: tuple[int, ...]
    week_numbers: tuple[int, ...]
    weekdays: tuple[tuple[int, int], ...]
    by_year: bool
    week_start: int


def day_filter(parts: Parts, start: date) -> DayFilter:
    """The filter of a rule that starts on this day, which stands in for days the rule does not name."""
    months, month_days, weekdays = parts.bymonth, parts.bymonthday, parts.byday
    if not parts.names_days:
        if parts.freq is Freq.YEARLY:
            months = months or (start.month,)
        if parts.freq in (Freq.YEARLY, Freq.MONTHLY):
            month_days = (start.day,)
        if parts.freq is Freq.WEEKLY:
            weekdays = ((0, start.weekday()),)
    by_year = parts.freq is Freq.YEARLY and not parts.bymonth
    return DayFilter(months, month_days, parts.byyearday, parts.byweekno, weekdays, by_year, parts.wkst)


@lru_cache(maxsize=4096)
def days_of_year(rule: DayFilter, year: int) -> int:
    """A mask with bit n - 1 set where day n of the year is allowed."""
    length = 366 if calendar.isleap(year) else 365
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range(length))
    return sum(1 << number for number, day in enumerate(days) if _allows(rule, day, number + 1, length))


def days_within(rule: DayFilter, first: date, length: int) -> Iterator[date]:
    """The allowed days among ``length`` days from ``first`` on, ascending; at most a year and a week."""
    number = first.timetuple().tm_yday
    mask = days_of_year(rule, first.year) >> number - 1
    left = (366 if calendar.isleap(first.year) else 365) - number + 1
    if length > left and first.year < date.max.year:
        mask |= days_of_year(rule, first.year + 1) << left
    mask &= (1 << length) - 1
    while mask:
        lowest = mask & -mask
        yield first + timedelta(days=lowest.bit_length() - 1)
        mask ^= lowest


def _allows(rule: DayFilter, day: date, number: int, length: int) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    return (
        _allows_month_day(rule, day)
        and _allows_year_day(rule, number, length)
        and (not rule.week_numbers or _allows_week(rule, day))
        and (not rule.weekdays or _allows_weekday(rule, day, number, length))
    )


def _allows_month_day(rule: DayFilter, day: date) -> bool:
    if not rule.month_days:
        return True
    length = calendar.monthrange(day.year, day.month)[1]
    return day.day in rule.month_days or day.day - length - 1 in rule.month_days


def _allows_year_day(rule: DayFilter, number: int, length: int) -> bool:
    return not rule.year_days or number in rule.year_days or number - length - 1 in rule.year_days


def _allows_weekday(rule: DayFilter, day: date, number: int, length: int) -> bool:
    if not rule.by_year:
        number, length = day.day, calendar.monthrange(day.year, day.month)[1]
    from_start, from_end = (number - 1) // 7 + 1, -((length - number) // 7 + 1)
    return any(weekday == day.weekday() and nth in (0, from_start, from_end) for nth, weekday in rule.weekdays)


def _allows_week(rule: DayFilter, day: date) -> bool:
    """Week 1 is the first with four days or more in its year; the days around New Year belong to one year's weeks."""
    week = day - timedelta(days=(day.weekday() - rule.week_start) % 7)
    year = (week + timedelta(days=3)).year
    first, following = _first_week(year, rule.week_start), _first_week(year + 1, rule.week_start)
    number, count = (week - first).days // 7 + 1, (following - first).days // 7
    return number in rule.week_numbers or number - count - 1 in rule.week_numbers


def _first_week(year: int, week_start: int) -> date:
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=(fourth.weekday() - week_start) % 7)
