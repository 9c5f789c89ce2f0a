"""The calendars of one job, in its zone: what closes a moment, and where it is open again.

A day is a day of the job's zone, from its first instant to the next day's: 23 or 25 hours where
clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs.schedules.closures.compiled import CompiledCalendar, Window
from jobs.schedules.zones import DAY, first_instant

# How many closed days or windows in a row are looked through; beyond, it is never open.
MOST_IN_A_ROW = 1_000
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Closing:
    """What closes a moment: the stretch, and which calendar says so and why."""

    since: datetime
    until: datetime
    calendar: str
    why: str

    def __str__(self) -> str:
        return f"{self.calendar} ({self.why})"


@dataclass(frozen=True)
class Closures:
    """Some calendars, read in one zone."""

    calendars: tuple[CompiledCalendar, ...]
    zone: ZoneInfo

    def at(self, moment: datetime) -> Closing | None:
        """What closes the moment (UTC), whole days first; None while all calendars are open."""
        day = moment.astimezone(self.zone).date()
        if found := self.of_day(day):
            name, why = found
            return Closing(self.start_of(day), self.start_of(day + DAY), name, why)
        for each in self.calendars:
            if window := each.window_at(moment, self.zone):
                return Closing(window.since, window.until, each.spec.name, window.why)
        return None

    def of_day(self, day: date) -> tuple[str, str] | None:
        """Which calendar closes the whole day, and why."""
        for each in self.calendars:
            if why := each.closed_day(day):
                return each.spec.name, why
        return None

    def windows_between(self, since: datetime, until: datetime) -> list[Window]:
        """The windows that touch the time from ``since`` to ``until``, by their beginning."""
        found = [each.windows_between(since, until, self.zone) for each in self.calendars]
        return sorted(window for some in found for window in some)

    def start_of(self, day: date) -> datetime:
        """The first instant of the day."""
        return first_instant(self.zone, datetime.combine(day, time()))

    def open_day(self, day: date, *, forward: bool) -> date | None:
        """The day itself or the next open one in this direction; None when there is none."""
        step = DAY if forward else -DAY
        for _ in range(MOST_IN_A_ROW):
            if not self.of_day(day):
                return day
            day += step
        return None

    def end_from(self, moment: datetime) -> datetime | None:
        """The first open moment from this one on."""
        for _ in range(MOST_IN_A_ROW):
            closing = self.at(moment)
            if closing is None:
                return moment
            moment = closing.until
        return None

    def start_before(self, moment: datetime) -> datetime | None:
        """Where the closed stretch around this moment begins; the moment itself if it is open."""
        for _ in range(MOST_IN_A_ROW):
            closing = self.at(moment)
            if closing is None:
                return moment
            moment = closing.since
            if self.at(moment - TICK) is None:
                return moment
            moment -= TICK
        return None
