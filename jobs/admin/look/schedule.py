"""A schedule as people read it: its sentence, its next occurrences, what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from jobs import schedules
from jobs.admin.look.times import Moment, moment
from jobs.errors import ScheduleError
from jobs.models import Job

NEXT = 5


@dataclass(frozen=True)
class Preview:
    """Either a sentence, the next occurrences and notes, or the ``error`` that stands in their way."""

    sentence: str = ""
    occurrences: list[Moment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    pointer: str = ""


def sentence(job: Job) -> str:
    """The job's rule in words; the raw text where it cannot be read."""
    try:
        return job.rule().describe()
    except ScheduleError:
        return job.schedule


def preview(
    text: str,
    zone: str,
    now: datetime,
    *,
    anchor: datetime | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Preview:
    """What a schedule would do from ``now`` on, as the scheduler itself works it out."""
    try:
        rule = schedules.parse(text, zone)
    except ScheduleError as error:
        return Preview(error=str(error), pointer=_pointer(text, error.position))
    window = schedules.Schedule(rule, anchor=anchor or starts_at or now, starts_at=starts_at, ends_at=ends_at)
    occurrences = [moment(occurrence, now, zone) for occurrence in _next(window, now)]
    return Preview(rule.describe(), occurrences, rule.notes(now))


def _next(window: schedules.Schedule, now: datetime) -> list[datetime]:
    found: list[datetime] = []
    due = window.next_after(now)
    while due is not None and len(found) < NEXT:
        found.append(due)
        due = window.next_after(due)
    return found


def _pointer(text: str, position: int | None) -> str:
    """The text and, below it, a caret at the place where reading stopped; empty where that is unknown."""
    return "" if position is None else f"{text}\n{' ' * position}^"
