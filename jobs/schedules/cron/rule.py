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


@dataclass(frozen=True)
class CronRule(Rule):
    """A cron text in a zone."""

    kind: ClassVar[str] = "cron"

    zone: ZoneInfo = field(compare=False, repr=False)
    fields: CronFields = field(compare=False, repr=False)

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


def read_cron(text: str, timezone: str, zone: ZoneInfo, expression: str) -> CronRule:
    """``expression`` is the cron text itself, which differs from ``text`` for a macro."""
    return CronRule(text, timezone, zone, read_fields(expression))
