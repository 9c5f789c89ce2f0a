"""``manage.py preview_schedule``: what a schedule text means."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jobs.errors import DomainError, ScheduleError
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, Refusal
from jobs.moments import iso, read_moment
from jobs.schedules import parse

MOST = 1000


class PreviewSchedule(Verb):
    name, help = (
        "preview",
        "Show what a schedule text means: a sentence, its next occurrences, and what may surprise.",
    )
    json_help = "description, occurrences (UTC) and notes as JSON"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "expr", metavar="EXPR", help="the schedule text, such as '30 2 * * *' or '@every 1h30m'"
        )
        parser.add_argument(
            "--timezone", default="UTC", metavar="ZONE", help="such as Europe/Berlin (default: UTC)"
        )
        parser.add_argument(
            "--day-rule", choices=["or", "and"], default="or", help="which days two day fields mean"
        )
        parser.add_argument(
            "--calendars", default="", metavar="NAMES", help="calendars, separated by commas"
        )
        parser.add_argument(
            "--calendar-policy",
            choices=["skip", "next", "previous"],
            default="skip",
            help="what becomes of an occurrence that they close (default: skip)",
        )
        parser.add_argument(
            "--after", metavar="ISO", help="show occurrences after this date-time (default: now)"
        )
        parser.add_argument(
            "--count",
            type=int,
            default=10,
            metavar="N",
            help="how many (default: 10, at most 1000)",
        )

    def ask(self, api: Client, options: Options) -> Any:
        if not 1 <= options["count"] <= MOST:
            raise DomainError(f"must be a number from 1 to {MOST:,}", field="count")
        wanted = {
            "schedule": options["expr"],
            "timezone": options["timezone"],
            "count": options["count"],
        }
        wanted |= {name: options[name] for name in ("day_rule", "calendars", "calendar_policy")}
        try:
            return api.get("schedules/preview/", after=iso(_after(options)), **wanted)
        except ScheduleError as error:
            raise _placed(error) from error
        except Refusal as refusal:
            raise _placed(refusal.problems[0]) from refusal

    def text(self, answer: Any) -> str:
        """The sentence, the occurrences in the schedule's zone and in UTC, the notes."""
        zone = ZoneInfo(answer["timezone"])
        moments = dict.fromkeys(answer["occurrences"], "")
        moments |= {each["at"]: f"  skipped: {each['reason']}" for each in answer["skipped"]}
        rows = [
            _row(read_moment(stamp).astimezone(zone)) + why
            for stamp, why in sorted(moments.items())
        ]
        notes = [f"note: {note}" for note in answer["notes"]]
        return "\n".join([answer["description"], *(rows or ["  no occurrences"]), *notes])


def _after(options: Options) -> datetime | None:
    """The moment of --after, in the text's zone where it names none."""
    if not options["after"]:
        return None
    zone = ZoneInfo(parse(options["expr"], options["timezone"]).timezone)
    try:
        return read_moment(options["after"], zone)
    except ValueError as error:
        raise DomainError(str(error), field="after") from error


def _placed(error: DomainError) -> DomainError:
    """The error with the place in the text behind its field."""
    position = error.position if isinstance(error, ScheduleError) else None
    where = "" if position is None else f" at character {position + 1}"
    return DomainError(error.message, field=f"{error.field}{where}", hint=error.hint)


def _row(at: datetime) -> str:
    return f"  {at:%a %d %b %Y %H:%M:%S %Z}  {at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
