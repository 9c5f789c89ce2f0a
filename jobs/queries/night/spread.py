"""Spread my night: which jobs could start at another minute of a window, and what that would
change.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jobs.access.actor import Actor
from jobs.models import CalendarSet, Job
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.night.forecast import StartingJob, starting_between, starts_of
from jobs.queries.night.spreading import Load, Start, load_of, spread
from jobs.schedules import jitter
from jobs.schedules.moving import at_minute, minute_of

MOST = 1_000
LONGEST_WINDOW = timedelta(hours=4)
FIXED = "fixed"  # the tag of a job whose time is what it is
UNKNOWN_SECONDS = 1.0
AROUND = timedelta(hours=10)


class Way(enum.Enum):
    """How starts are moved apart."""

    MINUTE = "minute"
    JITTER = "jitter"


@dataclass(frozen=True)
class Shift:
    """One field of one job, as it is and as it would be."""

    job: Job
    name: str
    before: str | int
    after: str | int
    minutes: int = 0

    def fields(self) -> dict[str, str | int]:
        """As a bulk operation takes it."""
        return {
            "job": str(self.job.pk), "field": self.name, "before": self.before, "after": self.after
        }  # fmt: skip


@dataclass(frozen=True)
class LeftOut:
    """A job that starts in the window and stays as it is, and why."""

    job: Job
    reason: str


@dataclass
class SpreadPlan:
    """What would change, what stays, and the load before and after; unless it ``is_whole`` more
    jobs start in the window.
    """

    start: datetime
    minutes: int
    before: Load
    after: Load
    changes: list[Shift] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    jobs: int = 0
    is_whole: bool = True


@dataclass(frozen=True)
class SpreadWish:
    """A window, by how much a start may move at most, and in which way."""

    start: datetime
    end: datetime
    within: timedelta
    way: Way = Way.MINUTE
    percentile: int = 50

    @property
    def minutes(self) -> int:
        return int((self.end - self.start) / timedelta(minutes=1))


def plan_spread(wanted: JobFilter, wish: SpreadWish, *, actor: Actor) -> SpreadPlan:
    """Two queries: the suggestion for the jobs that match and start within the window, at most
    MOST.
    """
    found = starting_between(wanted, wish.start, wish.end, actor=actor, most=MOST)
    reasons = {str(each.job.pk): why_fixed(each, wish, found.calendars) for each in found.jobs}
    free = [each for each in found.jobs if not reasons[str(each.job.pk)]]
    changes = list(WAYS[wish.way](found.jobs, free, wish))
    before = load_of(_starts_now(found.jobs, wish), wish.minutes)
    after = load_of(_starts_then(found.jobs, changes, wish), wish.minutes)
    if not (after.is_no_worse_than(before) and after.heights != before.heights):
        changes, after = [], before
    return SpreadPlan(
        wish.start,
        wish.minutes,
        before,
        after,
        changes,
        [LeftOut(each.job, why) for each in found.jobs if (why := reasons[str(each.job.pk)])],
        len(found.jobs),
        found.is_whole,
    )


def why_fixed(starting: StartingJob, wish: SpreadWish, calendars: CalendarSet) -> str:
    """Why a job keeps its time; empty where it may move."""
    job = starting.job
    if FIXED in job.tags:
        return f"tagged {FIXED}"
    if job.source:
        return f"owned by {job.source}"
    if job.jitter_seconds:
        return "has a jitter already"
    if job.shifts:
        return "its calendars move it"
    if wish.way is Way.MINUTE and minute_of(job.schedule) is None:
        return "its schedule has no single minute to move"
    if len(starting.moments) > 1:
        return "starts more than once in the window"
    # The window's picture shows nothing of what a change would do to the other hours.
    around = starts_of(job, wish.start - AROUND, wish.end + AROUND, calendars)
    return "also starts outside this window" if len(around) > 1 else ""


def usual_seconds(job: Job, percentile: int = 50) -> float:
    """How long a run of it takes: by its roll-up, or a second where nothing ran yet."""
    known = job.health.p95_ms if percentile == 95 else job.health.p50_ms
    return UNKNOWN_SECONDS if known is None else known / 1_000


def _own_minutes(
    jobs: list[StartingJob], free: list[StartingJob], wish: SpreadWish
) -> Iterator[Shift]:
    """A minute of its own for each, as long as it stays within its hour."""
    may_move = {str(each.job.pk) for each in free}
    starts = [
        Start(
            f"{each.job.pk} {number}",
            second := _second(at, wish),
            usual_seconds(each.job, wish.percentile),
            _latest(each, second, wish) if str(each.job.pk) in may_move else second,
        )
        for each in jobs
        for number, at in enumerate(each.moments)
    ]
    moves = spread(starts, wish.minutes)
    for each in free:
        minute = minute_of(each.job.schedule)
        if (by := moves.get(f"{each.job.pk} 0", 0)) and minute is not None:
            text = at_minute(each.job.schedule, minute + by)
            yield Shift(each.job, "schedule", each.job.schedule, text, by)


def _latest(starting: StartingJob, second: int, wish: SpreadWish) -> int:
    minute = minute_of(starting.job.schedule) or 0
    room = min(59 - minute, int(wish.within / timedelta(minutes=1)))
    return min(second + 60 * room, 60 * wish.minutes - 1)


def _jitters(jobs: list[StartingJob], free: list[StartingJob], wish: SpreadWish) -> Iterator[Shift]:
    """The same jitter for all of them, so that it keeps within the window."""
    for each in free:
        room = wish.end - each.moments[0]
        seconds = int(min(room, wish.within).total_seconds())
        if seconds > 0:
            yield Shift(each.job, "jitter_seconds", 0, seconds)


WAYS = {Way.MINUTE: _own_minutes, Way.JITTER: _jitters}


def _second(at: datetime, wish: SpreadWish) -> int:
    return int((at - wish.start).total_seconds())


def _starts_now(jobs: list[StartingJob], wish: SpreadWish) -> Iterator[tuple[float, float]]:
    for each in jobs:
        for at in each.moments:
            yield _second(at, wish), usual_seconds(each.job, wish.percentile)


def _starts_then(
    jobs: list[StartingJob], changes: list[Shift], wish: SpreadWish
) -> Iterator[tuple[float, float]]:
    changed = {change.job.pk: change for change in changes}
    for each in jobs:
        change = changed.get(each.job.pk)
        for at in each.moments:
            yield _second(_then(at, change), wish), usual_seconds(each.job, wish.percentile)


def _then(at: datetime, change: Shift | None) -> datetime:
    if change is None:
        return at
    if change.name == "schedule":
        return at + timedelta(minutes=change.minutes)
    return at + jitter(change.job.pk, at, int(change.after))
