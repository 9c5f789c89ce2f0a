"""How many runs start in each minute of a span, as the schedules have it; and which jobs these
are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from jobs.access.actor import Actor
from jobs.models import Job
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.night.rules import (
    KEY,
    Expansion,
    SharedRule,
    TimeRule,
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


def starts_by_minute(
    wanted: JobFilter, start: datetime, end: datetime, *, actor: Actor
) -> Forecast:
    """Two queries at the most: what starts in each minute from that of ``start`` to ``end``, jitter
    counted in.
    """
    jobs = planned_jobs(wanted, actor=actor)
    shared, is_whole = shared_rules(jobs)
    work = Expansion(start, end)
    found = Forecast(work.start, [0] * _minutes(work.start, end), sum(each.jobs for each in shared))
    jittered = [each for each in shared if each.jitter_seconds]
    own = sum(each.jobs for each in jittered) <= MOST_JITTERED
    for each in shared:
        if not (own and each.jitter_seconds):
            _add(found.counts, work.seconds_of(each.rule), each.jobs)
    if own and jittered:
        _add_jittered(found, jobs.filter(jitter_seconds__gt=0), end)
    found.is_whole = is_whole and work.is_whole
    return found


def starting_between(
    wanted: JobFilter, start: datetime, end: datetime, *, actor: Actor, most: int
) -> Starting:
    """Two queries: the jobs that start within [start, end), with their health, at most ``most``."""
    jobs = planned_jobs(wanted, actor=actor)
    shared, is_whole = shared_rules(jobs)
    widest = max((each.jitter_seconds for each in shared), default=0)
    work = Expansion(start - timedelta(seconds=widest), end)
    due = [each for each in shared if work.seconds_of(each.rule)]
    found = Starting(is_whole=is_whole and work.is_whole)
    if not due:
        return found
    looked_at = LOOKED_AT * most
    rows = list(_having(jobs, due)[: looked_at + 1])
    for job in rows[:looked_at]:
        if moments := starts_of(job, start, end):
            found.jobs.append(StartingJob(job, moments))
        if len(found.jobs) > most:
            break
    found.is_whole = found.is_whole and len(rows) <= looked_at and len(found.jobs) <= most
    found.jobs.sort(key=lambda each: (each.moments[0], each.job.name))
    del found.jobs[most:]
    return found


def starts_of(job: Job, start: datetime, end: datetime) -> list[datetime]:
    """When one of ``planned_jobs`` starts within [start, end): its occurrences and its jitter."""
    return list(_starts(rule_of(job), job, start, end))


def _having(jobs: QuerySet[Job], due: Sequence[SharedRule]) -> QuerySet[Job]:
    """Jobs with one of these schedule texts, in its zone: few more than those that are due."""
    texts: dict[str, set[str]] = defaultdict(set)
    for each in due:
        texts[each.rule.timezone].add(each.rule.schedule)
    any_of = reduce(or_, (Q(timezone=zone, schedule__in=of) for zone, of in texts.items()))
    found = jobs.filter(any_of).select_related("state", "health").order_by("name")
    return found.defer("params", "metadata", "description", "resources", "health__recent")


def _starts(rule: TimeRule, job: Job, start: datetime, end: datetime) -> Iterator[datetime]:
    work = Expansion(start - timedelta(seconds=job.jitter_seconds), end)
    for seconds in work.seconds_of(rule):
        due = work.start + timedelta(seconds=seconds)
        at = due + jitter(job.pk, due, job.jitter_seconds)
        if start <= at < end:
            yield at


def _add(counts: list[int], seconds: Sequence[int], jobs: int) -> None:
    for second in seconds:
        counts[second // 60] += jobs


def _add_jittered(found: Forecast, jobs: QuerySet[Job], end: datetime) -> None:
    """One query."""
    rows = jobs.only("pk", "jitter_seconds", *KEY[:-1]).order_by("pk")
    for job in rows[:MOST_JITTERED]:
        for at in starts_of(job, found.start, end):
            found.counts[int((at - found.start).total_seconds()) // 60] += 1


def _minutes(start: datetime, end: datetime) -> int:
    return -int((start - end) // MINUTE)
