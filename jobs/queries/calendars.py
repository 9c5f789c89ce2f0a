"""Calendars as people see them: what each closes, which jobs name it, and what a change of it would
move.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.dispatch.naming import count_calendars
from jobs.errors import CalendarNotFound, DomainError, ScheduleError
from jobs.models import Applies, Calendar, CalendarSet, Job, JobState
from jobs.moments import iso
from jobs.queries.fields import json_fields
from jobs.schedules.closures.closures import TICK, Closures
from jobs.schedules.closures.shift import ShiftedSchedule
from jobs.schedules.window import Schedule
from jobs.schedules.zones import DAY

MOST = 200
STALE = timedelta(days=2)
# What a preview of a change looks at.
AHEAD = timedelta(days=90)
MOST_JOBS, MOST_OF_JOB, MOST_MOMENTS, MOST_SHOWN = 500, 200, 10_000, 100
MOST_DAYS = 400


@dataclass(frozen=True)
class CalendarUse:
    """``jobs``: the unarchived jobs that name it; ``moves``: what a change of it would move, where
    that was asked.
    """

    calendar: Calendar
    jobs: int
    moves: Moves | None = None

    def fields(self) -> dict[str, Any]:
        """As plain JSON values, under the names every surface uses."""
        unread = self.calendar.get_deferred_fields()
        rows = (row for row in Calendar._meta.concrete_fields if row.name not in unread)
        stored = {row.name: row.value_from_object(self.calendar) for row in rows}
        moves = self.moves and self.moves.fields()
        return json_fields(stored) | {"jobs": self.jobs, "moves": moves}


def calendar_uses() -> list[CalendarUse]:
    """Every calendar by name, without iCalendar texts: two queries."""
    counts = count_calendars()
    rows = Calendar.objects.order_by("name").defer("ics")[:MOST]
    return [CalendarUse(calendar, counts[calendar.name]) for calendar in rows]


def calendar_use(name: str) -> CalendarUse:
    """One calendar; raises CalendarNotFound."""
    calendar = find_calendar(name)
    if calendar is None:
        raise CalendarNotFound(f"there is no calendar {name[:100]!r}", field="calendar")
    return CalendarUse(calendar, count_calendars()[name])


def find_calendar(name: str) -> Calendar | None:
    """One query: the calendar of this name, if there is one."""
    return Calendar.objects.filter(pk=name).first() if "\0" not in name else None


def jobs_of_calendar(name: str, actor: Actor) -> list[Job]:
    """One query: the unarchived jobs that name it, of those one may see; the first 200 by name."""
    jobs = visible_jobs(actor).filter(archived_at=None).exclude(calendars=[])
    rows = jobs.order_by("name").only("id", "name", "calendars", "calendar_policy", "timezone")
    return [job for job in rows if name in job.calendars][:MOST]


def is_stale(calendar: Calendar, now: datetime) -> bool:
    """Whether the last good copy of its feed is older than two days, or there is none."""
    fetched = calendar.feed_fetched_at
    return bool(calendar.feed_url) and (fetched is None or now - fetched > STALE)


# --- What it closes ---


@dataclass(frozen=True)
class ClosedDay:
    """A day of the calendar in one zone: why it is closed as a whole, or its windows."""

    day: date
    why: str
    windows: list[str]


def closed_days(calendar: Calendar, first: date, last: date, timezone: str) -> list[ClosedDay]:
    """Each day from ``first`` to ``last``, at most 400; raises DomainError."""
    if not 0 <= (last - first).days < MOST_DAYS:
        raise DomainError(f"must be at most {MOST_DAYS} days after from", field="to")
    closures = CalendarSet({calendar.name: calendar}).closures([calendar.name], timezone)
    days = (first + number * DAY for number in range((last - first).days + 1))
    return [_closed_day(closures, day) for day in days]


def _closed_day(closures: Closures, day: date) -> ClosedDay:
    found = closures.of_day(day)
    if found:
        return ClosedDay(day, found[1], [])
    since, until = closures.start_of(day), closures.start_of(day + DAY)
    windows = closures.windows_between(since, until)
    return ClosedDay(day, "", [_told(*window, closures, day) for window in windows])


def _told(since: datetime, until: datetime, why: str, closures: Closures, day: date) -> str:
    """``22:00–24:00 Freeze``: the part of a window that is on this day."""
    begin = max(since, closures.start_of(day)).astimezone(closures.zone)
    is_longer = until >= closures.start_of(day + DAY)
    end = "24:00" if is_longer else f"{until.astimezone(closures.zone):%H:%M}"
    return f"{begin:%H:%M}–{end} {why}"


# --- What a change would move ---


@dataclass(frozen=True)
class Move:
    """One occurrence of the job's own rule, and when it runs before and after the change; None: it
    is skipped.
    """

    job: Job
    scheduled_for: datetime
    before: datetime | None
    after: datetime | None

    def fields(self) -> dict[str, Any]:
        return {
            "job": str(self.job.pk),
            "job_name": self.job.name,
            "timezone": self.job.timezone,
            "scheduled_for": iso(self.scheduled_for),
            "before": self.before and iso(self.before),
            "after": self.after and iso(self.after),
        }


@dataclass
class Moves:
    """``count`` of what was looked at; ``moves`` are the first of them by time.

    ``jobs``: how many jobs the calendar concerns. Unless it ``is_whole`` there was more to look at.
    """

    count: int = 0
    jobs: int = 0
    is_whole: bool = True
    moves: list[Move] = field(default_factory=list)

    def fields(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "jobs": self.jobs,
            "is_whole": self.is_whole,
            "moves": [move.fields() for move in self.moves],
        }


def moves_of(name: str, changed: Calendar | None, *, actor: Actor, now: datetime) -> Moves:
    """What the next 90 days of the jobs that it concerns would be, were the calendar so; None: were
    it gone.
    """
    before, after = CalendarSet(), CalendarSet({name: changed})
    found, left = Moves(), MOST_MOMENTS
    jobs = list(_concerned(name, changed, actor))
    found.jobs, found.is_whole = len(jobs), len(jobs) <= MOST_JOBS
    moves: list[Move] = []
    for job in jobs[:MOST_JOBS]:
        moments = _own(job, now, min(left, MOST_OF_JOB))
        found.is_whole &= len(moments) < MOST_OF_JOB and left > 0
        left -= len(moments)
        moves += _differing_moves(job, moments, before, after)
    moves.sort(key=lambda move: (move.scheduled_for, move.job.name))
    found.count, found.moves = len(moves), moves[:MOST_SHOWN]
    return found


def _concerned(name: str, changed: Calendar | None, actor: Actor) -> Iterator[Job]:
    stored = find_calendar(name)
    reaches = [each for each in (stored, changed) if each]
    jobs = visible_jobs(actor).filter(archived_at=None, enabled=True).select_related("state")
    for job in jobs.defer("params", "metadata", "description").order_by("name"):
        if name in job.calendars or any(_reaches(each, job) for each in reaches):
            yield job


def _reaches(calendar: Calendar, job: Job) -> bool:
    if calendar.applies_to == Applies.TAGGED:
        return not set(calendar.tags).isdisjoint(job.tags)
    return calendar.applies_to == Applies.ALL


def _own(job: Job, now: datetime, most: int) -> list[datetime]:
    """The occurrences of the job's rule as it is without calendars."""
    try:
        plan = Schedule(job.rule(), job.state.anchor, job.starts_at, job.ends_at, job.one_off)
    except (ScheduleError, JobState.DoesNotExist):
        return []
    return plan.between(now - TICK, now + AHEAD, most)


def _differing_moves(
    job: Job, moments: list[datetime], before: CalendarSet, after: CalendarSet
) -> Iterator[Move]:
    try:
        was, will = _Fate(job, before), _Fate(job, after)
    except ScheduleError:
        return
    for moment in moments:
        if (old := was.of(moment)) != (new := will.of(moment)):
            yield Move(job, moment, old, new)


class _Fate:
    """When an occurrence of the job's rule runs, by one set of calendars; None when it does not."""

    def __init__(self, job: Job, calendars: CalendarSet) -> None:
        named = [name for name in job.calendars if calendars.has(name)]
        shown = Job(**{**_only(job), "calendars": named})
        plan = job.state.plan(shown, calendars)
        self.shifted = plan if isinstance(plan, ShiftedSchedule) else None
        self.skipping = calendars.skipping(shown)

    def of(self, moment: datetime) -> datetime | None:
        there = self.shifted.moved(moment) if self.shifted else moment
        if there is None or (self.skipping and self.skipping.at(there)):
            return None
        return there


def _only(job: Job) -> dict[str, Any]:
    names = (
        "id", "name", "schedule", "timezone", "day_rule", "one_off", "starts_at", "ends_at",
        "calendar_policy", "tags",
    )  # fmt: skip
    return {name: getattr(job, name) for name in names}
