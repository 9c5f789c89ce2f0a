"""What an iCalendar text (RFC 5545) closes: events of whole days close days, others the time from
their beginning to their end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import recurring_ical_events
from icalendar import Calendar

from jobs.errors import DomainError
from jobs.schedules.closures.spec import WHY_MOST, FixedWindow

MOST_CHARACTERS = 256 * 1024
MOST_EVENTS = 2_000
MOST_REPEATING = 50
DAY = timedelta(days=1)
Event = Any  # a mapping of iCalendar's properties, whose values are of some thirty types
COARSE = frozenset({"YEARLY", "MONTHLY", "WEEKLY", "DAILY"})
FINER = ("BYHOUR", "BYMINUTE", "BYSECOND")


@dataclass(frozen=True)
class IcsYear:
    """What the events of one year close: days with their names, and windows."""

    days: dict[date, str]
    windows: tuple[FixedWindow, ...]


def check_ics(text: str, field: str = "ics") -> None:
    """Raise DomainError for a text that is no calendar, or that would cost too much to read."""
    if not text:
        return
    if len(text) > MOST_CHARACTERS:
        raise DomainError(f"must have at most {MOST_CHARACTERS:,} characters", field=field)
    events = _events(text, field)
    if len(events) > MOST_EVENTS:
        raise DomainError(f"has more than {MOST_EVENTS:,} events", field=field)
    repeating = [event["RRULE"] for event in events if "RRULE" in event]
    if len(repeating) > MOST_REPEATING:
        raise DomainError(f"has more than {MOST_REPEATING} repeating events", field=field)
    for rule in repeating:
        if not _is_coarse(rule):
            raise DomainError("an event may repeat once a day at most", field=field)
    try:
        ics_year.__wrapped__(text, 2027)
    except Exception as error:  # whatever the library makes of an odd event
        raise DomainError(f"has an event that cannot be read: {error}", field=field) from error


def _is_coarse(rule: Any) -> bool:
    return (
        isinstance(rule, dict)
        and COARSE.issuperset(rule.get("FREQ", ["?"]))
        and not any(part in rule for part in FINER)
    )


def _events(text: str, field: str) -> list[Event]:
    try:
        return list(Calendar.from_ical(text).walk("VEVENT"))
    except (ValueError, IndexError, KeyError) as error:
        raise DomainError(
            f"is no iCalendar text: {str(error)[:200]}",
            field=field,
            hint="it begins with BEGIN:VCALENDAR",
        ) from None


@lru_cache(maxsize=64)
def ics_year(text: str, year: int) -> IcsYear:
    """What closes in a year, and a day around it, so that every zone finds all of its own."""
    calendar = Calendar.from_ical(text)
    first, last = datetime(year, 1, 1) - DAY, datetime(year + 1, 1, 1) + DAY
    days: dict[date, str] = {}
    windows: list[FixedWindow] = []
    for event in recurring_ical_events.of(calendar).between(first, last):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        since, until = event["DTSTART"].dt, _end(event)
        why = str(event.get("SUMMARY", ""))[:WHY_MOST]
        if isinstance(since, datetime):
            if until > since:
                windows.append(FixedWindow(_plain(since), _plain(until), why))
        else:
            days.update((day, days.get(day) or why) for day in _each_day(since, until))
    return IcsYear(days, tuple(windows))


def _end(event: Event) -> Any:
    """DTEND, or what RFC 5545 says without one: a whole day lasts a day, a moment no time."""
    since = event["DTSTART"].dt
    if "DTEND" in event:
        return event["DTEND"].dt
    if "DURATION" in event:
        return since + event["DURATION"].dt
    return since if isinstance(since, datetime) else since + DAY


def _plain(moment: datetime) -> datetime:
    """In UTC; a floating time, which has no zone, stays a wall time."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC)


def _each_day(since: date, until: date) -> Iterator[date]:
    """The days of an event of whole days; the day of its end is not among them."""
    day = since
    while day < max(until, since + DAY) and day - since < timedelta(days=400):
        yield day
        day += DAY
