"""What a schedule means: a sentence, its next occurrences, and what may surprise.

No query but the job's own state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs.errors import ScheduleError
from jobs.models import DayRule, Job
from jobs.moments import iso
from jobs.schedules import Rule, Schedule, check_new

FAR = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Preview:
    description: str
    timezone: str
    occurrences: list[datetime]
    notes: list[str]

    def fields(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "description": self.description,
            "timezone": self.timezone,
            "occurrences": [iso(moment) for moment in self.occurrences],
            "notes": self.notes,
        }


def preview_text(
    text: str, timezone: str, *, after: datetime, count: int, day_rule: str = DayRule.OR
) -> Preview:
    """A schedule text read as a new job's would be; raises ScheduleError."""
    rule = check_new(text, timezone, after, day_rule=day_rule)
    return _preview(rule, Schedule(rule, anchor=after), after, count)


def preview_job(job: Job, *, after: datetime, count: int) -> Preview:
    """The job's own schedule within its window, whether it is paused or not; raises
    ScheduleError.
    """
    return _preview(job.rule(), job.state.plan(job), after, count)


def _preview(rule: Rule, plan: Schedule, after: datetime, count: int) -> Preview:
    try:
        return Preview(
            rule.describe(), rule.timezone, plan.between(after, FAR, count), rule.notes(after)
        )
    except OverflowError:
        raise ScheduleError("is too far away", field="after") from None
