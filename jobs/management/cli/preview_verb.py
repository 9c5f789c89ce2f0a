"""``manage.py preview_schedule``: what a schedule text means."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from jobs.errors import DomainError, ScheduleError
from jobs.management.cli.output import as_json
from jobs.management.cli.verbs import Verb
from jobs.moments import read_moment
from jobs.queries.jobs.preview import preview_text
from jobs.schedules import parse

MOST = 1000


class Preview(Verb):
    name, help = "preview", "Show what a schedule text means: a sentence, its next occurrences, and what may surprise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("expr", metavar="EXPR", help="the schedule text, such as '30 2 * * *' or '@every 1h30m'")
        parser.add_argument("--timezone", default="UTC", metavar="ZONE", help="such as Europe/Berlin (default: UTC)")
        parser.add_argument("--after", metavar="ISO", help="show occurrences after this date-time (default: now)")
        parser.add_argument("--count", type=int, default=10, metavar="N", help="how many (default: 10, at most 1000)")
        parser.add_argument("--json", action="store_true", help="description, occurrences (UTC) and notes as JSON")

    def run(self, options: dict[str, Any]) -> str:
        try:
            after = after_of(options) or timezone.now()
            count = count_of(options)
            fields = preview_text(options["expr"], options["timezone"], after=after, count=count).fields()
        except ScheduleError as error:
            where = "" if error.position is None else f" at character {error.position + 1}"
            raise DomainError(error.message, field=f"{error.field}{where}", hint=error.hint) from error
        return as_json(fields) if options["json"] else shown(fields)


def after_of(options: dict[str, Any]) -> datetime | None:
    """The moment of --after, in the text's zone where it names none."""
    if not options["after"]:
        return None
    zone = ZoneInfo(parse(options["expr"], options["timezone"]).timezone)
    try:
        return read_moment(options["after"], zone)
    except ValueError as error:
        raise DomainError(str(error), field="after") from error


def count_of(options: dict[str, Any]) -> int:
    if not 1 <= options["count"] <= MOST:
        raise DomainError(f"must be a number from 1 to {MOST:,}", field="count")
    return int(options["count"])


def shown(fields: dict[str, Any]) -> str:
    """The sentence, the occurrences in the schedule's zone and in UTC, the notes."""
    zone = ZoneInfo(fields["timezone"])
    rows = [_row(read_moment(stamp).astimezone(zone)) for stamp in fields["occurrences"]]
    notes = [f"note: {note}" for note in fields["notes"]]
    return "\n".join([fields["description"], *(rows or ["  no occurrences"]), *notes])


def _row(at: datetime) -> str:
    return f"  {at:%a %d %b %Y %H:%M:%S %Z}  {at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
