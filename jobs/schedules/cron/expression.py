"""A cron expression, read: its six fields and the wall times they match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from jobs.errors import ScheduleError
from jobs.schedules.cron import fields as cron_fields
from jobs.schedules.cron.days import days_matching_both, ever_matches, matching_days, month_shape
from jobs.schedules.cron.fields import Field, read_field
from jobs.schedules.zones import SECOND

_COLUMNS = (
    cron_fields.SECOND,
    cron_fields.MINUTE,
    cron_fields.HOUR,
    cron_fields.DAY_OF_MONTH,
    cron_fields.MONTH,
    cron_fields.DAY_OF_WEEK,
)
_EVERY_HOUR = (1 << 24) - 1
# The rarest pair of day and weekday comes back after 40 years (a leap day across 2100).
_MAX_MONTHS = 12 * 41


@dataclass(frozen=True)
class CronFields:
    """The six fields, read; five-field texts have the second 0."""

    second: Field
    minute: Field
    hour: Field
    day_of_month: Field
    month: Field
    day_of_week: Field
    both_days: bool = False

    @property
    def follows_elapsed_time(self) -> bool:
        """Debian cron's wildcard jobs: they do not name their time of day."""
        return self.minute.starts_with_star or self.hour.starts_with_star

    @property
    def every_hour(self) -> bool:
        return self.hour.mask == _EVERY_HOUR

    @property
    def either_day(self) -> bool:
        """Both day fields are restricted and either may match, as in cron; ``both_days`` makes both
        match.
        """
        return not (
            self.both_days
            or self.day_of_month.starts_with_star
            or self.day_of_week.starts_with_star
        )

    def next_wall(self, after: datetime) -> datetime | None:
        """The first matching wall time strictly after another; None when there is none in 41
        years.
        """
        start = after.replace(microsecond=0) + SECOND
        days = self._days(start.year, start.month)
        if days >> start.day & 1:
            clock = self._clock_from(start.hour, start.minute, start.second)
            if clock:
                return datetime(start.year, start.month, start.day, *clock)
        return self._first_on_a_day_after(start.year, start.month, start.day)

    def _first_on_a_day_after(self, year: int, month: int, day: int) -> datetime | None:
        for _ in range(_MAX_MONTHS):
            found = _bit_from(self._days(year, month), day + 1)
            if found >= 0:
                clock = (
                    _bit_from(self.hour.mask, 0),
                    _bit_from(self.minute.mask, 0),
                    _bit_from(self.second.mask, 0),
                )
                return datetime(year, month, found, *clock)
            year, month, day = year + month // 12, month % 12 + 1, 0
        return None

    def _days(self, year: int, month: int) -> int:
        if not self.month.mask >> month & 1:
            return 0
        matching = days_matching_both if self.both_days else matching_days
        return matching(self.day_of_month.text, self.day_of_week.text, month_shape(year, month))

    def _clock_from(self, hour: int, minute: int, second: int) -> tuple[int, int, int] | None:
        """The first allowed time of day at or after this one."""
        if self.hour.mask >> hour & 1:
            if (
                self.minute.mask >> minute & 1
                and (found := _bit_from(self.second.mask, second)) >= 0
            ):
                return hour, minute, found
            if (found := _bit_from(self.minute.mask, minute + 1)) >= 0:
                return hour, found, _bit_from(self.second.mask, 0)
        if (found := _bit_from(self.hour.mask, hour + 1)) >= 0:
            return found, _bit_from(self.minute.mask, 0), _bit_from(self.second.mask, 0)
        return None


def _bit_from(mask: int, start: int) -> int:
    """The lowest set bit at or above ``start``; -1 when there is none."""
    rest = mask >> start
    return start + (rest & -rest).bit_length() - 1 if rest else -1


def read_fields(expression: str, *, both_days: bool = False) -> CronFields:
    """The fields of a text; ``both_days``: a day must match both day fields."""
    words = list(re.finditer(r"[^ \t]+", expression))
    if len(words) not in (5, 6):
        raise _wrong_count(expression, words)
    specs = _COLUMNS[6 - len(words) :]
    read = [
        read_field(spec, word.group(), word.start())
        for spec, word in zip(specs, words, strict=True)
    ]
    if len(read) == 5:
        read.insert(0, Field(1, "0", 0))
    second, minute, hour, day_of_month, month, day_of_week = read
    return _possible(CronFields(second, minute, hour, day_of_month, month, day_of_week, both_days))


def _possible(fields: CronFields) -> CronFields:
    days = fields.day_of_month.text, fields.day_of_week.text
    if not ever_matches(*days, fields.month.mask, both=fields.both_days):
        raise ScheduleError(
            "day-of-month: no such day in these months, so it never fires",
            position=fields.day_of_month.position,
            hint="February has 28 or 29 days; April, June, September and November have 30",
        )
    return fields


def _wrong_count(expression: str, words: list[re.Match[str]]) -> ScheduleError:
    count = len(words)
    hint = (
        "five fields: minute hour day-of-month month day-of-week; six: the same with second first"
    )
    if count == 7:
        hint = f"a year field is not supported: say the years with starts_at and ends_at; {hint}"
    position = words[6].start() if count > 6 else len(expression)
    noun = "field" if count == 1 else "fields"
    return ScheduleError(
        f"cron has 5 or 6 fields, this has {count} {noun}", position=position, hint=hint
    )
