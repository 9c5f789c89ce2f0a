"""Recurrence rules (RFC 5545), started at the anchor in the job's zone.

Rules from daily on are fixed wall times; finer ones follow elapsed time, as cron's wildcards do
(see ``walls``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from jobs.errors import ScheduleError
from jobs.schedules.clock_changes import next_elapsed, next_fixed
from jobs.schedules.notes import clock_notes
from jobs.schedules.rrule.dates import Dates, read_dates, split_dates
from jobs.schedules.rrule.days import day_filter, days_of_year
from jobs.schedules.rrule.describe import describe_parts
from jobs.schedules.rrule.parts import Parts, read_parts
from jobs.schedules.rrule.walk import Walk, walk_from
from jobs.schedules.rule import FIRST_MOMENT, LAST_MOMENT, Rule
from jobs.schedules.zones import first_instant

NO_DATES = Dates()
# COUNT is counted out from the start; a rule so sparse that it reaches beyond a century does not
# end.
_COUNTED_YEARS = timedelta(days=100 * 366)


@dataclass(frozen=True)
class RecurrenceRule(Rule):
    """An RRULE in a zone."""

    kind: ClassVar[str] = "rrule"

    zone: ZoneInfo = field(compare=False, repr=False)
    parts: Parts = field(compare=False, repr=False)
    dates: Dates = field(compare=False, repr=False, default=NO_DATES)

    def _next(self, moment: datetime, anchor: datetime) -> datetime | None:
        walk = self._walk(anchor)
        found = self._ruled(walk, moment)
        while found and self.dates.excludes(found, self.zone):
            found = self._ruled(walk, self._behind(found))
        added = self.dates.added_after(moment, self.zone)
        return min(filter(None, (found, added)), default=None)

    def _ruled(self, walk: Walk, moment: datetime) -> datetime | None:
        """The next moment of the rule itself."""
        found = _following(self, walk, moment)
        if found is None or found >= LAST_MOMENT:
            return None
        return None if self._is_over(found, walk) else found

    def _behind(self, excluded: datetime) -> datetime:
        """From where to go on after an excluded moment: from the end of a day excluded whole."""
        day = excluded.astimezone(self.zone).date()
        if day not in self.dates.days:
            return excluded
        midnight = datetime.combine(day + timedelta(days=1), time())
        return max(excluded, first_instant(self.zone, midnight) - timedelta(microseconds=1))

    def _walk(self, anchor: datetime) -> Walk:
        anchor = min(max(anchor, FIRST_MOMENT), LAST_MOMENT)
        return walk_from(
            self.parts, anchor.astimezone(self.zone).replace(tzinfo=None, microsecond=0, fold=0)
        )

    def _is_over(self, found: datetime, walk: Walk) -> bool:
        until = self.parts.until
        if self.parts.count is not None:
            last = _last_counted(self, walk.start)
            return last is not None and found > last
        if until is None:
            return False
        return (
            found > until
            if until.tzinfo
            else found.astimezone(self.zone).replace(tzinfo=None) > until
        )

    def describe(self) -> str:
        return f"{describe_parts(self.parts)}{self._beside()}, {self.timezone}"

    def _beside(self) -> str:
        counts = ((self.dates.excluded, "without"), (len(self.dates.added), "with another"))
        told = [f", {how} {count} date{'s' if count > 1 else ''}" for count, how in counts if count]
        return "".join(told)

    def notes(self, moment: datetime) -> list[str]:
        counted = ["COUNT starts at the job's start, and an occurrence at exactly that time counts"]
        return [*self._clock_notes(moment), *(counted if self.parts.count else [])]

    def _clock_notes(self, moment: datetime) -> list[str]:
        parts = self.parts
        if (
            parts.follows_elapsed_time
            or parts.interval > 1
            or not (parts.byhour and parts.byminute)
        ):
            return []  # which wall times it has depends on the anchor
        walk = self._walk(max(moment, FIRST_MOMENT) - timedelta(days=1))
        return clock_notes(walk.next_wall, self.zone, moment, elapsed=False)


def _following(rule: RecurrenceRule, walk: Walk, moment: datetime) -> datetime | None:
    find = next_elapsed if rule.parts.follows_elapsed_time else next_fixed
    return find(rule.zone, walk.next_wall, moment)


@lru_cache(maxsize=4096)
def _last_counted(rule: RecurrenceRule, start: datetime) -> datetime | None:
    """The COUNT-th occurrence; None when the rule has fewer within a century."""
    walk = walk_from(rule.parts, start)
    moment = start.replace(tzinfo=rule.zone) - timedelta(days=2)
    end, last = moment + _COUNTED_YEARS, None
    for _ in range(rule.parts.count or 0):
        last = _following(rule, walk, moment)
        if last is None or last > end:
            return None
        moment = last
    return last


def read_rrule(text: str, timezone: str, zone: ZoneInfo) -> RecurrenceRule:
    rule, beside = split_dates(text)
    parts = read_parts(rule)
    # Every calendar year there is: 14 kinds, all of them within 28 years, but for week numbers
    # nothing rarer.
    days = day_filter(parts, date(2000, 1, 1))
    if not any(days_of_year(days, year) for year in range(2000, 2028)):
        raise ScheduleError(
            "RRULE: no day matches all of its parts, so it never fires", position=None
        )
    return RecurrenceRule(text, timezone, zone, parts, read_dates(beside, zone))
