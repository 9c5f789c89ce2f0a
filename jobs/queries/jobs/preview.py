"""What a schedule means: a sentence, its next occurrences, and what may surprise.

No query but the job's own state, and for calendars one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from jobs.definition.calendars import known_calendars, unfit_calendars
from jobs.errors import ScheduleError
from jobs.models import CalendarPolicy, CalendarSet, DayRule, Job, JobState
from jobs.moments import iso
from jobs.schedules import Schedule, check_new
from jobs.schedules.closures.closures import Closures
from jobs.schedules.closures.outlook import DueMoment, due_moments

# How many moments are looked at for each that is wanted, where calendars close most of them.
LOOKED_AT = 20


@dataclass(frozen=True)
class Preview:
    """``occurrences`` run; ``skipped`` are those among them that calendars close, each with why."""

    description: str
    timezone: str
    occurrences: list[datetime]
    notes: list[str]
    skipped: list[DueMoment] = field(default_factory=list)

    def fields(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "description": self.description,
            "timezone": self.timezone,
            "occurrences": [iso(moment) for moment in self.occurrences],
            "skipped": [{"at": iso(due.at), "reason": due.skipped} for due in self.skipped],
            "notes": self.notes,
        }


def preview_text(
    text: str,
    timezone: str,
    *,
    after: datetime,
    count: int,
    day_rule: str = DayRule.OR,
    calendars: Sequence[str] = (),
    calendar_policy: str = CalendarPolicy.SKIP,
) -> Preview:
    """A schedule text read as a new job's would be; raises ScheduleError, and DomainError for a
    calendar that there is not.
    """
    check_new(text, timezone, after, day_rule=day_rule)
    job = Job(
        schedule=text,
        timezone=timezone,
        day_rule=day_rule,
        calendars=list(calendars),
        calendar_policy=calendar_policy,
    )
    if problem := next(unfit_calendars(job, known_calendars), None):
        raise problem
    return _preview(job, JobState(anchor=after), after, count)


def preview_job(job: Job, *, after: datetime, count: int) -> Preview:
    """The job's own schedule within its window, whether it is paused or not; raises
    ScheduleError.
    """
    return _preview(job, job.state, after, count)


def _preview(job: Job, state: JobState, after: datetime, count: int) -> Preview:
    known, rule = CalendarSet(), job.rule()
    plan, closures = state.plan(job, known), known.skipping(job)
    try:
        moments = _wanted(plan, closures, after, count)
        notes = rule.notes(after)
    except OverflowError:
        raise ScheduleError("is too far away", field="after") from None
    runs = [due.at for due in moments if not due.skipped]
    skipped = [due for due in moments if due.skipped]
    return Preview(rule.describe(), rule.timezone, runs, notes, skipped)


def _wanted(
    plan: Schedule, closures: Closures | None, after: datetime, count: int
) -> list[DueMoment]:
    """So many that run, and what is skipped before the last of them."""
    found: list[DueMoment] = []
    left = count
    for due in islice(due_moments(plan, closures, after), LOOKED_AT * count):
        found.append(due)
        left -= not due.skipped
        if not left:
            break
    return found
