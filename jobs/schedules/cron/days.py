"""Which days of a month a pair of day fields allows. cronsim decides; answers are kept as bit
masks.

Months that start on the same weekday and are equally long have the same answer, so there are 28 per
pair.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from cronsim import CronSim

_EPOCH = datetime(2000, 1, 1)


@lru_cache(maxsize=4096)
def month_shape(year: int, month: int) -> tuple[int, int]:
    """(weekday of the first, Monday 0; number of days)."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return first.weekday(), (following - first).days


def _example_months() -> dict[tuple[int, int], date]:
    months = (date(year, month, 1) for year in range(2000, 2028) for month in range(1, 13))
    return {month_shape(day.year, day.month): day for day in months}


_EXAMPLES = _example_months()


@lru_cache(maxsize=4096)
def matching_days(day_of_month: str, day_of_week: str, shape: tuple[int, int]) -> int:
    """A mask with bit n set where day n of a month of this shape matches."""
    cron = CronSim(f"0 0 {day_of_month} * {day_of_week}", _EPOCH)
    first = _EXAMPLES[shape]
    return sum(1 << day for day in range(1, shape[1] + 1) if cron.match_day(first.replace(day=day)))


def days_matching_both(day_of_month: str, day_of_week: str, shape: tuple[int, int]) -> int:
    """The same for days that match each of the two fields, whatever they begin with."""
    return matching_days(day_of_month, "*", shape) & matching_days("*", day_of_week, shape)


def ever_matches(day_of_month: str, day_of_week: str, months: int, *, both: bool = False) -> bool:
    """Whether any year has such a day in one of the months (bit mask)."""
    matching = days_matching_both if both else matching_days
    return any(
        months >> first.month & 1
        and matching(day_of_month, day_of_week, month_shape(first.year, first.month))
        for first in (date(year, month, 1) for year in range(2000, 2028) for month in range(1, 13))
    )
