"""A schedule as people read it: its sentence, its next occurrences, what is odd about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from jobs import schedules
from jobs.admin.look.times import Moment, clock, moment, zone_of
from jobs.errors import ScheduleError
from jobs.models import CalendarPolicy, CalendarSet, Job, JobState
from jobs.schedules.closures.outlook import due_moments

NEXT = 5


class Calendared(NamedTuple):
    """What decides which calendars concern a job, and what they do."""

    calendars: Sequence[str] = ()
    calendar_policy: str = CalendarPolicy.SKIP
    tags: Sequence[str] = ()


NO_CALENDARS = Calendared()


@dataclass(frozen=True)
class SchedulePanel:
    """Either a sentence, the next occurrences and notes, or the ``error`` that stands in their way.

    ``mine`` holds the occurrences once more, in the reader's own zone where that is another than
    the job's and UTC; ``skipped`` of each the calendar that skips it, if any.
    """

    sentence: str = ""
    occurrences: list[Moment] = field(default_factory=list)
    mine: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    pointer: str = ""

    @property
    def rows(self) -> list[tuple[Moment, str, str]]:
        nothing = [""] * len(self.occurrences)
        return list(
            zip(self.occurrences, self.mine or nothing, self.skipped or nothing, strict=True)
        )


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
    calendars: Calendared = NO_CALENDARS,
    **window: Any,
) -> SchedulePanel:
    """What a schedule would do from ``now`` on, as the scheduler itself works it out; ``mine``: the
    reader's zone.

    ``window``: starts_at, ends_at and one_off, as the job has them.
    """
    job = Job(schedule=text, timezone=zone, day_rule=day_rule, **calendars._asdict(), **window)
    try:
        rule = job.rule()
    except ScheduleError as error:
        return SchedulePanel(error=str(error), pointer=_pointer(text, error.position))
    known = CalendarSet()
    try:
        plan = JobState(anchor=anchor or window.get("starts_at") or now).plan(job, known)
        found = list(islice(due_moments(plan, known.skipping(job), now), count))
    except ScheduleError as error:
        return SchedulePanel(error=str(error))
    due = [each.at for each in found]
    return SchedulePanel(
        rule.describe(),
        [moment(occurrence, now, zone) for occurrence in due],
        _elsewhere(due, now, zone, mine),
        [each.skipped for each in found],
        rule.notes(now),
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


def _pointer(text: str, position: int | None) -> str:
    """The text and, below it, a caret at the place where reading stopped; empty where that is
    unknown.
    """
    return "" if position is None else f"{text}\n{' ' * position}^"
