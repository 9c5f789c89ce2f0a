"""Calendars: what one writes, and what one reads."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from jobs.api.shapes.base import Answer, Body, Flag, Id, Query, Stamp
from jobs.api.shapes.jobs import drop_defaults
from jobs.definition.calendar_checks import LISTS
from jobs.moments import read_day
from jobs.schedules.closures.ics import MOST_CHARACTERS

AppliesWord = Literal["named", "tagged", "all"]
WeekdayWord = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]


def _day(value: Any) -> Any:
    return read_day(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


def _lines(field: str, what: str, example: str) -> Any:
    return Field(
        default_factory=list, max_length=LISTS[field], description=what, examples=[[example]]
    )


class CalendarPatch(Body):
    """The fields that change; a calendar's name stays."""

    model_config = ConfigDict(json_schema_extra=drop_defaults)

    description: str = Field("", max_length=500)
    country: str = Field("", description="Its public holidays are closed: DE, FR, US…")
    subdivision: str = Field("", description="The holidays of a part of it as well, such as BY.")
    weekdays: list[WeekdayWord] = Field([], description="Weekdays that are closed.", max_length=7)
    closed_days: list[str] = _lines(
        "closed_days", "Days, or stretches of days, that are closed.", "2026-12-24 # Christmas Eve"
    )
    open_days: list[str] = _lines(
        "open_days", "Days that are open, whatever else closes them.", "2026-12-12"
    )
    windows: list[str] = _lines(
        "windows",
        "Hours that are closed: FROM/UNTIL, or CRON for DURATION [in ZONE].",
        "0 22 * * FRI for 8h in Europe/Berlin # Maintenance",
    )
    ics: str = Field("", max_length=MOST_CHARACTERS, description="The text of an iCalendar file.")
    feed_url: str = Field("", description="Where to fetch that text from, again and again.")
    applies_to: AppliesWord = Field(
        "named", description="Jobs that name it; as well those with its tags; or all jobs."
    )
    tags: list[str] = Field([], description="Of which jobs, with applies_to: tagged.")

    def values(self) -> dict[str, Any]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NewCalendar(CalendarPatch):
    """A calendar as one writes it."""

    name: str = Field(min_length=1, max_length=100, examples=["bank-holidays"])


class CalendarRow(Answer):
    """`jobs` counts those that name the calendar."""

    name: str
    description: str
    country: str
    subdivision: str
    weekdays: list[str]
    closed_days: list[str]
    open_days: list[str]
    windows: list[str]
    feed_url: str
    feed_checked_at: Stamp | None
    feed_fetched_at: Stamp | None
    feed_error: str
    applies_to: AppliesWord
    tags: list[str]
    digest: str = Field(description="Differs when what it closes does.")
    created_at: Stamp
    updated_at: Stamp
    jobs: int


class Calendars(Answer):
    results: list[CalendarRow]


class DryRunQuery(Query):
    dry_run: Flag = Field(False, description="Change nothing; answer what would change.")


class DaysQuery(Query):
    from_: Day = Field(alias="from", description="The first day.")
    to: Day = Field(description="The last day, at most 400 after the first.")
    timezone: str = Field("UTC", description="The zone that windows are shown in.")


class CalendarDay(Answer):
    """`why` says what closes the whole day; `windows` are the closed hours of one that is open."""

    day: Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
    why: str
    windows: list[str]


class CalendarDays(Answer):
    results: list[CalendarDay]


class OccurrenceMove(Answer):
    """When an occurrence of the job's rule runs before and after the change; null: it is
    skipped.
    """

    job: Id
    job_name: str
    timezone: str
    scheduled_for: Stamp
    before: Stamp | None
    after: Stamp | None


class CalendarMoves(Answer):
    """`moves` are the first 100 of `count`. Unless it `is_whole` there was more to look at."""

    count: int
    jobs: int
    is_whole: bool
    moves: list[OccurrenceMove]


class CalendarAnswer(CalendarRow):
    """`moves`: of a change with `dry_run`, what it would move in the next 90 days."""

    ics: str
    moves: CalendarMoves | None
