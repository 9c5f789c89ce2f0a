"""Cron texts: five fields, or six with the seconds first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from jobs.schedules.clock_changes import next_elapsed, next_fixed
from jobs.schedules.cron.describe import describe_cron
from jobs.schedules.cron.expression import CronFields, read_fields
from jobs.schedules.notes import clock_notes, field_notes, quartz_notes
from jobs.schedules.rule import Rule

# What two restricted day fields mean: cron's own rule, and that of Celery and others.
EITHER_DAY, BOTH_DAYS = "or", "and"


@dataclass(frozen=True)
class CronRule(Rule):
    """A cron text in a zone."""

    kind: ClassVar[str] = "cron"

    zone: ZoneInfo = field(compare=False, repr=False)
    fields: CronFields = field(compare=False, repr=False)
    day_rule: str = EITHER_DAY

    def _next(self, moment: datetime, anchor: datetime) -> datetime | None:
        find = next_elapsed if self.fields.follows_elapsed_time else next_fixed
        return find(self.zone, self.fields.next_wall, moment)

    def describe(self) -> str:
        return f"{describe_cron(self.fields)}, {self.timezone}"

    def notes(self, moment: datetime) -> list[str]:
        fields, odd = self.fields, [*field_notes(self.fields), *quartz_notes(self.text)]
        if fields.follows_elapsed_time and fields.every_hour:
            return odd
        clocks = clock_notes(
            fields.next_wall, self.zone, moment, elapsed=fields.follows_elapsed_time
        )
        return [*clocks, *odd]


def strict_day_rule(text: str) -> str:
    """The day rule of a text that comes from where both day fields must match: ``and`` if it
    restricts both.
    """
    fields = text.split()[-3:]
    are_both = len(text.split()) in (5, 6) and not {"*", "?"} & {fields[0], fields[2]}
    return BOTH_DAYS if are_both else EITHER_DAY


def read_cron(
    text: str, timezone: str, zone: ZoneInfo, expression: str, day_rule: str = EITHER_DAY
) -> CronRule:
    """``expression`` is the cron text itself, which differs from ``text`` for a macro."""
    return CronRule(
        text, timezone, zone, read_fields(expression, both_days=day_rule == BOTH_DAYS), day_rule
    )
