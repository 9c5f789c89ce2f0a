"""A calendar as it is asked: is this day closed, is this moment in a window, and why."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from jobs.errors import DomainError
from jobs.schedules.closures.ics import check_ics, ics_year
from jobs.schedules.closures.spec import (
    WEEKDAYS,
    CalendarSpec,
    FixedWindow,
    RecurringWindow,
    days_of,
    window_of,
)

BY_HAND = "closed by hand"


class Window(NamedTuple):
    """A stretch of time that is closed: ``since`` <= moment < ``until``, in UTC."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True)
class CompiledCalendar:
    """One calendar, read."""

    spec: CalendarSpec
    closed: dict[date, str]
    opened: frozenset[date]
    windows: tuple[FixedWindow | RecurringWindow, ...]

    def closed_day(self, day: date) -> str:
        """Why the whole day is closed; empty if it is not. A day opened by hand is open."""
        if day in self.opened:
            return ""
        return self.closed.get(day) or self._by_rule(day)

    def _by_rule(self, day: date) -> str:
        if WEEKDAYS[day.weekday()] in self.spec.weekdays:
            return calendar.day_name[day.weekday()]
        if self.spec.country and (name := _holidays(self._place, day.year).get(day)):
            return name
        if self.spec.ics:
            found = ics_year(self.spec.ics, day.year).days
            return (found[day] or "an event of its iCalendar file") if day in found else ""
        return ""

    @property
    def _place(self) -> tuple[str, str]:
        return self.spec.country, self.spec.subdivision

    def window_at(self, moment: datetime, zone: ZoneInfo) -> Window | None:
        """The window that the moment lies in; the first one written, if in several."""
        for window in self._windows(moment):
            if found := window.around(moment, zone):
                return Window(*found, window.why or "a blackout window")
        return None

    def windows_between(self, since: datetime, until: datetime, zone: ZoneInfo) -> list[Window]:
        """The windows that touch the time from ``since`` to ``until``, at most 50 of each."""
        return [
            Window(*stretch, each.why or "a blackout window")
            for each in self._windows(since)
            for stretch in each.between(since, until, zone)
        ]

    def _windows(self, moment: datetime) -> Iterator[FixedWindow | RecurringWindow]:
        yield from self.windows
        if self.spec.ics:
            yield from ics_year(self.spec.ics, moment.year).windows


@lru_cache(maxsize=512)
def _holidays(place: tuple[str, str], year: int) -> dict[date, str]:
    country, subdivision = place
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year))


@lru_cache(maxsize=512)
def compiled(spec: CalendarSpec) -> CompiledCalendar:
    """The calendar, ready to be asked; raises DomainError naming the field that is wrong."""
    check_place(spec.country, spec.subdivision)
    check_ics(spec.ics)
    for day in spec.weekdays:
        if day not in WEEKDAYS:
            raise DomainError(f"must be among {', '.join(WEEKDAYS)}", field="weekdays")
    return CompiledCalendar(
        spec,
        {day: why or BY_HAND for day, why in _days(spec.closed_days, "closed_days")},
        frozenset(day for day, _ in _days(spec.open_days, "open_days")),
        tuple(window_of(line) for line in spec.windows),
    )


def check_place(country: str, subdivision: str) -> None:
    """Raise DomainError for a country, or a part of it, whose holidays are not known."""
    known = holidays.list_supported_countries(include_aliases=False)
    if country and country not in known:
        raise DomainError(
            f"the holidays of {country[:20]!r} are not known",
            field="country",
            hint="use a code of two letters such as DE, FR or US",
        )
    if subdivision and subdivision not in known.get(country, ()):
        some = ", ".join(known.get(country, ())[:20])
        hint = f"known are {some}" if some else "leave it empty"
        raise DomainError(
            f"{subdivision[:20]!r} has no holidays of its own in {country or 'no country'}",
            field="subdivision",
            hint=hint,
        )


def _days(lines: tuple[str, ...], field: str) -> Iterator[tuple[date, str]]:
    for line in lines:
        first, last, why = days_of(line, field)
        for number in range((last - first).days + 1):
            yield first + timedelta(days=number), why
