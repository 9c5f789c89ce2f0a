"""A schedule as people read it: its sentence, its next occurrences, what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jobs import schedules
from jobs.admin.look.times import Moment, clock, moment, zone_of
from jobs.errors import ScheduleError
from jobs.models import Job

NEXT = 5


@dataclass(frozen=True)
class SchedulePanel:
    """Either a sentence, the next occurrences and notes, or the ``error`` that stands in their way.

    ``mine`` holds the occurrences once more, in the reader's own zone where that is another than
    the job's and UTC.
    """

    sentence: str = ""
    occurrences: list[Moment] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    pointer: str = ""

    @property
    def rows(self) -> list[tuple[Moment, str]]:
        return list(zip(self.occurrences, self.mine or [""] * len(self.occurrences), strict=True))


def rule_in_words(job: Job) -> str:
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
    day_rule: str = schedules.EITHER_DAY,
    anchor: datetime | None = None,
    count: int = NEXT,
    mine: str = "",
    **window: Any,
) -> SchedulePanel:
    """What a schedule would do from ``now`` on, as the scheduler itself works it out; ``mine``: the
    reader's zone.

    ``window``: starts_at, ends_at and one_off, as ``schedules.Schedule`` takes them.
    """
    try:
        rule = schedules.parse(text, zone, day_rule)
    except ScheduleError as error:
        return SchedulePanel(error=str(error), pointer=_pointer(text, error.position))
    plan = schedules.Schedule(rule, anchor or window.get("starts_at") or now, **window)
    due = _next(plan, now, count)
    occurrences = [moment(occurrence, now, zone) for occurrence in due]
    return SchedulePanel(
        rule.describe(), occurrences, _elsewhere(due, now, zone, mine), rule.notes(now)
    )


def _elsewhere(due: list[datetime], now: datetime, zone: str, mine: str) -> list[str]:
    """The occurrences on the reader's clock, where it shows another time than the job's and UTC."""
    own = zone_of(mine)
    here = [occurrence.astimezone(own) for occurrence in due]
    there = [occurrence.astimezone(zone_of(zone)) for occurrence in due]
    if all(
        a.utcoffset() in {b.utcoffset(), timedelta(0)} for a, b in zip(here, there, strict=True)
    ):
        return []
    return [clock(occurrence, now.astimezone(own)) for occurrence in here]


def _next(window: schedules.Schedule, now: datetime, count: int) -> list[datetime]:
    found: list[datetime] = []
    due = window.next_after(now)
    while due is not None and len(found) < count:
        found.append(due)
        due = window.next_after(due)
    return found


def _pointer(text: str, position: int | None) -> str:
    """The text and, below it, a caret at the place where reading stopped; empty where that is
    unknown.
    """
    return "" if position is None else f"{text}\n{' ' * position}^"
