"""How many runs start in each minute of a span, as the schedules have it; and which jobs these
are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from jobs.access.actor import Actor
from jobs.models import CalendarSet, Job
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.night.rules import (
    COLUMNS,
    Expansion,
    SharedRule,
    planned_jobs,
    rule_of,
    shared_rules,
)
from jobs.schedules import jitter

MINUTE = timedelta(minutes=1)
MOST_JITTERED = 5_000  # jobs whose own jitter is worked out; of more, the due minute counts
LOOKED_AT = 5  # rows for each job that is wanted: a text that is due may be another job's rule


@dataclass
class Forecast:
    """Starts by the minute from ``start`` on; ``jobs``: how many there are; unless it ``is_whole``
    there is more.
    """

    start: datetime
    counts: list[int]
    jobs: int = 0
    is_whole: bool = True

    @property
    def total(self) -> int:
        return sum(self.counts)

    def minute(self, index: int) -> datetime:
        """The moment at which this minute begins."""
        return self.start + index * MINUTE


@dataclass(frozen=True)
class StartingJob:
    """A job and when it starts: its moments, ascending, at least one."""

    job: Job
    moments: list[datetime]


@dataclass
class Starting:
    """``jobs`` in the order of their first moments; unless it ``is_whole`` there are more of
    them.
    """

    jobs: list[StartingJob] = field(default_factory=list)
    is_whole: bool = True
    calendars: CalendarSet = field(default_factory=CalendarSet)


def starts_by_minute(
    wanted: JobFilter, start: datetime, end: datetime, *, actor: Actor
) -> Forecast:
    """Three queries at the most: what starts in each minute from that of ``start`` to ``end``,
    jitter counted in.
    """
    jobs = planned_jobs(wanted, actor=actor)
    calendars = CalendarSet()
    shared, is_whole = shared_rules(jobs, calendars)
    work = Expansion(start, end, calendars)
    found = Forecast(work.start, [0] * _minutes(work.start, end), sum(each.jobs for each in shared))
    jittered = [each for each in shared if each.jitter_seconds]
    own = sum(each.jobs for each in jittered) <= MOST_JITTERED
    for each in shared:
        if not (own and each.jitter_seconds):
            _add(found.counts, work.seconds_of(each.rule), each.jobs)
    if own and jittered:
        _add_jittered(found, jobs.filter(jitter_seconds__gt=0), end, calendars)
    found.is_whole = is_whole and work.is_whole
    return found


def starting_between(
    wanted: JobFilter, start: datetime, end: datetime, *, actor: Actor, most: int
) -> Starting:
    """Three queries: at most ``most`` jobs that start within [start, end), with their health."""
    jobs = planned_jobs(wanted, actor=actor)
    calendars = CalendarSet()
    shared, is_whole = shared_rules(jobs, calendars)
    widest = max((each.jitter_seconds for each in shared), default=0)
    work = Expansion(start - timedelta(seconds=widest), end, calendars)
    due = [each for each in shared if work.seconds_of(each.rule)]
    found = Starting(is_whole=is_whole and work.is_whole, calendars=calendars)
    if not due:
        return found
    looked_at = LOOKED_AT * most
    rows = list(_having(jobs, due)[: looked_at + 1])
    for job in rows[:looked_at]:
        if moments := starts_of(job, start, end, calendars):
            found.jobs.append(StartingJob(job, moments))
        if len(found.jobs) > most:
            break
    found.is_whole = found.is_whole and len(rows) <= looked_at and len(found.jobs) <= most
    found.jobs.sort(key=lambda each: (each.moments[0], each.job.name))
    del found.jobs[most:]
    return found


def starts_of(job: Job, start: datetime, end: datetime, calendars: CalendarSet) -> list[datetime]:
    """When one of ``planned_jobs`` starts within [start, end): its occurrences and its jitter."""
    work = Expansion(start - timedelta(seconds=job.jitter_seconds), end, calendars)
    due = (
        work.start + timedelta(seconds=seconds)
        for seconds in work.seconds_of(rule_of(job, calendars))
    )
    starts = (moment + jitter(job.pk, moment, job.jitter_seconds) for moment in due)
    return [at for at in starts if start <= at < end]


def _having(jobs: QuerySet[Job], due: Sequence[SharedRule]) -> QuerySet[Job]:
    """Jobs with one of these schedule texts, in its zone: few more than those that are due."""
    texts: dict[str, set[str]] = defaultdict(set)
    for each in due:
        texts[each.rule.timezone].add(each.rule.schedule)
    any_of = reduce(or_, (Q(timezone=zone, schedule__in=of) for zone, of in texts.items()))
    found = jobs.filter(any_of).select_related("state", "health").order_by("name")
    return found.defer("params", "metadata", "description", "resources", "health__recent")


def _add(counts: list[int], seconds: Sequence[int], jobs: int) -> None:
    for second in seconds:
        counts[second // 60] += jobs


def _add_jittered(
    found: Forecast, jobs: QuerySet[Job], end: datetime, calendars: CalendarSet
) -> None:
    """One query."""
    rows = jobs.only("pk", "jitter_seconds", *COLUMNS).order_by("pk")
    for job in rows[:MOST_JITTERED]:
        for at in starts_of(job, found.start, end, calendars):
            found.counts[int((at - found.start).total_seconds()) // 60] += 1


def _minutes(start: datetime, end: datetime) -> int:
    return -int((start - end) // MINUTE)
