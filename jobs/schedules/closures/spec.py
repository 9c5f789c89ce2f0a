"""A calendar as people write it: texts alone, equal and hashable, so that reading it can be
remembered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from jobs.errors import DomainError, ScheduleError
from jobs.moments import read_day
from jobs.schedules.cron.rule import read_cron
from jobs.schedules.interval import read_interval
from jobs.schedules.rule import FIRST_MOMENT, LAST_MOMENT, Rule
from jobs.schedules.zones import first_instant, zone_named

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
LONGEST_WINDOW = timedelta(days=31)
MOST_DAYS = 366
WHY_MOST = 100
MOST_BETWEEN = 50

Stretch = tuple[datetime, datetime]

_RECURRING = re.compile(r"(?P<cron>.+?) for (?P<lasts>\S+)(?: in (?P<zone>\S+))?")


@dataclass(frozen=True)
class CalendarSpec:
    """What one calendar closes.

    ``weekdays`` are MON to SUN; each line of ``closed_days``, ``open_days`` and ``windows`` may
    end in `` # why``. ``ics`` is the text of an iCalendar file.
    """

    name: str
    country: str = ""
    subdivision: str = ""
    weekdays: tuple[str, ...] = ()
    closed_days: tuple[str, ...] = ()
    open_days: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    ics: str = ""


@dataclass(frozen=True)
class FixedWindow:
    """From one moment to another; a text without an offset is a wall time in the job's zone."""

    since: datetime
    until: datetime
    why: str

    def around(self, moment: datetime, zone: ZoneInfo) -> Stretch | None:
        """Its beginning and end, in UTC, where the moment lies within."""
        since, until = self._instants(zone)
        return (since, until) if since <= moment < until else None

    def between(self, since: datetime, until: datetime, zone: ZoneInfo) -> list[Stretch]:
        """The same where it touches the time between."""
        begin, end = self._instants(zone)
        return [(begin, end)] if begin < until and end > since else []

    def _instants(self, zone: ZoneInfo) -> Stretch:
        return instant_of(self.since, zone), instant_of(self.until, zone)


@dataclass(frozen=True)
class RecurringWindow:
    """From each moment of a cron text on, for a while of elapsed time; in the job's zone unless it
    names another.
    """

    cron: str
    lasts: timedelta
    zone: str
    why: str

    def around(self, moment: datetime, zone: ZoneInfo) -> Stretch | None:
        """The same, of the earliest of its windows that the moment lies within."""
        since = _cron(self.cron, self.zone or zone.key).next_after(moment - self.lasts, moment)
        return (since, since + self.lasts) if since and since <= moment else None

    def between(self, since: datetime, until: datetime, zone: ZoneInfo) -> list[Stretch]:
        """Those of its windows that touch the time between, at most 50."""
        found: list[Stretch] = []
        rule, at = _cron(self.cron, self.zone or zone.key), since - self.lasts
        while len(found) < MOST_BETWEEN and (begin := rule.next_after(at, at)) and begin < until:
            found.append((begin, begin + self.lasts))
            at = begin
        return found


def instant_of(written: datetime, zone: ZoneInfo) -> datetime:
    """A date-time as written: a wall time of the zone where it has no offset."""
    return first_instant(zone, written) if written.tzinfo is None else written.astimezone(UTC)


def said(line: str) -> tuple[str, str]:
    """A line's value, and its reason."""
    value, _, why = line.partition(" # ")
    return value.strip(), why.strip()[:WHY_MOST]


def days_of(line: str, field: str) -> tuple[date, date, str]:
    """First and last day of a line, and why: ``2026-12-24`` or ``2026-12-24/2027-01-01``."""
    value, why = said(line)
    first, slash, last = value.partition("/")
    try:
        since = read_day(first)
        until = read_day(last) if slash else since
    except ValueError:
        raise DomainError(
            f"{value[:40]!r} is not a date",
            field=field,
            hint="write 2026-12-24, or 2026-12-24/2027-01-01",
        ) from None
    if not timedelta(0) <= until - since < timedelta(days=MOST_DAYS):
        raise DomainError(
            f"{value[:40]!r} must cover 1 to {MOST_DAYS} days, the first one first", field=field
        )
    return since, until, why


def window_of(line: str) -> FixedWindow | RecurringWindow:
    """``FROM/UNTIL``, or ``CRON for DURATION [in ZONE]``; raises DomainError on ``windows``."""
    value, why = said(line)
    try:
        recurring = _RECURRING.fullmatch(value)
        return _recurring(recurring, why) if recurring else _fixed(value, why)
    except ScheduleError as error:
        raise DomainError(f"{value[:60]!r}: {error}", field="windows") from error


def _recurring(match: re.Match[str], why: str) -> RecurringWindow:
    zone = match["zone"] or ""
    lasts = read_interval(match["lasts"], "UTC", match["lasts"].lower(), 0).period
    if lasts > LONGEST_WINDOW:
        raise ScheduleError(f"a window lasts at most {LONGEST_WINDOW.days} days")
    _cron(match["cron"].strip(), zone or "UTC")
    return RecurringWindow(match["cron"].strip(), lasts, zone, why)


@lru_cache(maxsize=512)
def _cron(text: str, zone: str) -> Rule:
    return read_cron(text, zone, zone_named(zone), text)


def _fixed(value: str, why: str) -> FixedWindow:
    first, slash, last = value.partition("/")
    try:
        since, until = datetime.fromisoformat(first.strip()), datetime.fromisoformat(last.strip())
        shown = [moment.replace(tzinfo=UTC) for moment in (since, until)]
    except ValueError:
        raise DomainError(
            f"{value[:60]!r} is not a window",
            field="windows",
            hint="write 2026-12-20T22:00/2027-01-02T06:00, or 0 22 * * FRI for 8h",
        ) from None
    if not all(FIRST_MOMENT < moment < LAST_MOMENT for moment in shown):
        raise DomainError(f"{value[:60]!r} is out of range", field="windows")
    if not slash or (since.tzinfo is None) != (until.tzinfo is None) or since >= until:
        raise DomainError(f"{value[:60]!r} must end after it begins", field="windows")
    return FixedWindow(since, until, why)
