"""A month of a calendar: every day, and what is closed on it."""

from __future__ import annotations

import calendar as weeks
from dataclasses import dataclass
from datetime import date, timedelta

from jobs.models import Calendar
from jobs.moments import read_day
from jobs.queries.calendars import ClosedDay, closed_days

FIRST_YEAR, LAST_YEAR = 1970, 2200


@dataclass(frozen=True)
class MonthDay:
    """One cell; ``says`` what is closed, ``is_closed`` the whole day."""

    day: date
    is_closed: bool
    says: str
    is_inside: bool
    is_today: bool

    @property
    def number(self) -> int:
        return self.day.day

    @property
    def label(self) -> str:
        return f"{self.day:%A} {self.day.day} {self.day:%B}: {self.says or 'open'}"


@dataclass(frozen=True)
class Month:
    """``closed`` are the days of the month that are not wholly open."""

    title: str
    value: str
    before: str
    after: str
    weeks: list[list[MonthDay]]
    closed: list[MonthDay]


def month_in(text: str, today: date) -> date:
    """The first day of a month such as ``2026-12``; of this one where the text is none."""
    try:
        first = read_day(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else today.replace(day=1)


def month_of(calendar: Calendar, first: date, zone: str, today: date) -> Month:
    """The month that begins on ``first``, its weeks from Monday; raises DomainError for a calendar
    that cannot be read.
    """
    rows = weeks.Calendar().monthdatescalendar(first.year, first.month)
    found = {each.day: each for each in closed_days(calendar, rows[0][0], rows[-1][-1], zone)}
    shown = [[_cell(found[day], first, today) for day in row] for row in rows]
    closed = [cell for row in shown for cell in row if cell.is_inside and cell.says]
    after = (first + timedelta(days=32)).replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    return Month(
        f"{first:%B %Y}", f"{first:%Y-%m}", f"{before:%Y-%m}", f"{after:%Y-%m}", shown, closed
    )


def _cell(found: ClosedDay, first: date, today: date) -> MonthDay:
    return MonthDay(
        found.day,
        bool(found.why),
        found.why or "; ".join(found.windows),
        found.day.month == first.month,
        found.day == today,
    )
