"""What if a job had this schedule: how often it starts next month, which of its runs it would have
met, and whom it meets in its pool.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.errors import ScheduleError
from jobs.models import CalendarSet, Job, JobState
from jobs.queries.night.rules import moments_run
from jobs.queries.paging import capped_count

RUNS = 60
MOST_STARTS = 5_000
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
FAR = timedelta(days=3_660)


@dataclass(frozen=True)
class MonthOfStarts:
    """How often it starts in the month that begins at ``first``, the next one, counted up to one
    more than MOST_STARTS; ``saved``: with the schedule that is stored, None without one.
    """

    first: datetime
    starts: int
    saved: int | None


@dataclass(frozen=True)
class Overlaps:
    """Of the last ``runs`` of a job, how many took longer than the new schedule leaves between two
    starts.
    """

    runs: int
    longer: int


def job_as_stored(pk: str, *, actor: Actor) -> Job | None:
    """One query: the job that is edited, with its state."""
    try:
        wanted = uuid.UUID(pk)
    except ValueError:
        return None
    return visible_jobs(actor).filter(pk=wanted).select_related("state").first()


@dataclass(frozen=True)
class Wished:
    """A job as somebody would have it, unsaved, and where it counts from."""

    job: Job
    state: JobState
    calendars: CalendarSet = field(default_factory=CalendarSet)

    def starts(self, after: datetime, until: datetime, most: int) -> list[datetime]:
        """Of its first ``most`` occurrences in between, those that no calendar skips."""
        return moments_run(self.job, self.state, self.calendars, after, until, most)


def next_month(
    wished: Wished, zone: ZoneInfo, now: datetime, *, stored: Job | None
) -> MonthOfStarts:
    """The starts of the next month, in the schedule's zone; no query but that of calendars."""
    local = now.astimezone(zone)
    first = _month_after(datetime(local.year, local.month, 1, tzinfo=zone))
    end = _month_after(first)
    saved = None
    if stored is not None:
        try:
            saved = _count(Wished(stored, stored.state, wished.calendars), first, end)
        except ScheduleError:
            saved = None
    return MonthOfStarts(first, _count(wished, first, end), saved)


def overlaps(wished: Wished, job: Job, now: datetime, *, actor: Actor) -> Overlaps:
    """One query: the last runs in their order against the gaps between the next starts."""
    runs = visible_runs(actor).filter(job=job, started_at__isnull=False, finished_at__isnull=False)
    times = runs.newest_first().values_list("started_at", "finished_at")[:RUNS]
    took = [ended - begun for begun, ended in times if begun and ended]
    due = wished.starts(now, now + FAR, len(took) + 1)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    longer = sum(taken > gap for taken, gap in zip(took, gaps, strict=False))
    return Overlaps(len(took), longer)


def due_in_pool(minute: datetime, pool: str, *, actor: Actor, but: Job | None) -> int:
    """One query: how many jobs of the pool are due next within this minute, other than ``but``;
    counted up to 1,001.
    """
    due = JobState.objects.filter(next_run_at__gte=minute, next_run_at__lt=minute + MINUTE)
    due = due.filter(job__pool=pool, job__in=visible_jobs(actor))
    return capped_count(due.exclude(job=but) if but else due)


def _month_after(first: datetime) -> datetime:
    return (first + timedelta(days=32)).replace(day=1)


def _count(wished: Wished, first: datetime, end: datetime) -> int:
    after, until = first.astimezone(UTC) - TICK, end.astimezone(UTC) - TICK
    return len(wished.starts(after, until, MOST_STARTS + 1))
