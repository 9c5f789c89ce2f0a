"""``manage.py preview_schedule EXPR``: the sentence, the next dates and the surprises of a schedule text."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from jobs.errors import ScheduleError
from jobs.schedules import Rule, Schedule, check_new, parse

_MOST = 1000
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    help = "Show what a schedule text means: a sentence, its next occurrences, and what may surprise."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("expr", metavar="EXPR", help="the schedule text, such as '30 2 * * *' or '@every 1h30m'")
        parser.add_argument("--timezone", default="UTC", metavar="ZONE", help="such as Europe/Berlin (default: UTC)")
        parser.add_argument("--after", metavar="ISO", help="show occurrences after this date-time (default: now)")
        parser.add_argument("--count", type=int, default=10, metavar="N", help="how many (default: 10, at most 1000)")
        parser.add_argument("--json", action="store_true", help="description, occurrences (UTC) and notes as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            zone = ZoneInfo(parse(options["expr"], options["timezone"]).timezone)
            after = _moment(options["after"], zone) if options["after"] else timezone.now()
            rule = check_new(options["expr"], options["timezone"], after)
        except ScheduleError as error:
            where = "" if error.position is None else f" at character {error.position + 1}"
            raise CommandError(f"{error.field}{where}: {error}") from error
        found = Schedule(rule, anchor=after).between(after, _FAR, min(options["count"], _MOST))
        self.stdout.write((_as_json if options["json"] else _as_text)(rule, found, rule.notes(after)))


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ScheduleError(f"{text[:40]!r} is not an ISO date-time", field="after") from None
    return value if value.tzinfo else value.replace(tzinfo=zone)


def _as_json(rule: Rule, found: list[datetime], notes: list[str]) -> str:
    stamps = [moment.isoformat().replace("+00:00", "Z") for moment in found]
    return json.dumps({"description": rule.describe(), "occurrences": stamps, "notes": notes}, indent=2)


def _as_text(rule: Rule, found: list[datetime], notes: list[str]) -> str:
    zone = ZoneInfo(rule.timezone)
    rows = [f"  {at.astimezone(zone):%a %d %b %Y %H:%M:%S %Z}  {at:%Y-%m-%d %H:%M:%SZ}" for at in found]
    return "\n".join([rule.describe(), *(rows or ["  no occurrences"]), *(f"note: {note}" for note in notes)])
