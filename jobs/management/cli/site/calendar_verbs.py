"""``manage.py calendar``: what is closed and when; making, changing and removing calendars."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.job.job_flags import comma_list
from jobs.management.cli.output import Row, as_sheet, as_table
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path

TEXTS = {
    "description": "what it is for",
    "country": "close its public holidays, such as DE",
    "subdivision": "and those of this part of it, such as BY",
    "feed_url": "the address of an iCalendar feed",
}
WORDS = {"weekdays": "closed weekdays, such as SAT,SUN", "tags": "with --applies-to tagged"}
LINES = {
    "closed_days": "a closed day, or days: '2026-12-24/2026-12-26 # why'; may be repeated",
    "open_days": "a day that is open whatever else closes it; may be repeated",
    "windows": "closed hours: FROM/UNTIL, or 'CRON for DURATION'; may be repeated",
}
NOTHING: tuple[Any, ...] = ("", [], None)


class ListCalendars(Verb):
    name, help = "list", "List the calendars, and how many jobs name each."
    columns = ("name", "applies_to", "country", "weekdays", "jobs", "feed_error", "description")

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("calendars/")

    def text(self, answer: Any) -> str:
        return as_table(
            ({**row, "weekdays": ",".join(row["weekdays"])} for row in answer), self.columns
        )


class GetCalendar(Verb):
    name, help = "get", "Show one calendar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("calendar", metavar="NAME", help="the calendar's name")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(_path(options))

    def text(self, answer: Any) -> str:
        return as_sheet({name: value for name, value in answer.items() if value not in NOTHING})


class CalendarDaysVerb(GetCalendar):
    name, help = "days", "Show what a calendar closes from one day to another."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--from", required=True, metavar="DAY", help="such as 2026-12-01")
        parser.add_argument("--to", required=True, metavar="DAY", help="the last day")
        parser.add_argument("--timezone", default="UTC", metavar="ZONE", help="default: UTC")

    def ask(self, api: Client, options: Options) -> Any:
        query = {name: options[name] for name in ("from", "to", "timezone")}
        return api.get(f"{_path(options)}days/", **query)["results"]

    def text(self, answer: Any) -> str:
        closed = [row for row in answer if row["why"] or row["windows"]]
        rows = [
            {"day": row["day"], "closed": row["why"] or "; ".join(row["windows"])} for row in closed
        ]
        return as_table(rows, ("day", "closed"))


class CreateCalendar(GetCalendar):
    name, help = "create", "Make a calendar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        for field, what in (TEXTS | WORDS).items():
            parser.add_argument(_flag(field), metavar="TEXT", help=what)
        for field, what in LINES.items():
            parser.add_argument(_flag(field), metavar="LINE", action="append", help=what)
        parser.add_argument("--ics", metavar="FILE", help="an iCalendar file; '' takes it away")
        parser.add_argument(
            "--applies-to", choices=["named", "tagged", "all"], help="whose occurrences it concerns"
        )

    def ask(self, api: Client, options: Options) -> Any:
        return api.post("calendars/", _values(options) | {"name": options["calendar"]})


class UpdateCalendar(CreateCalendar):
    name, help = "update", "Change a calendar; a repeated flag replaces the whole list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="show which occurrences would move, change nothing",
        )

    def ask(self, api: Client, options: Options) -> Any:
        if options["dry_run"]:
            return api.patch(f"{_path(options)}?dry_run=true", _values(options))
        return api.patch(_path(options), _values(options))

    def text(self, answer: Any) -> str:
        moves = answer["moves"]
        return "\n".join(_moves(moves)) if moves else super().text(answer)


class DeleteCalendar(GetCalendar):
    name, help = "delete", "Remove a calendar that no job names."

    def ask(self, api: Client, options: Options) -> Any:
        api.delete(_path(options))
        return {"name": options["calendar"], "result": "deleted"}

    def text(self, answer: Any) -> str:
        return as_sheet(answer)


def _path(options: Options) -> str:
    return f"calendars/{in_path(options['calendar'])}/"


def _flag(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def _values(options: Options) -> Row:
    """The fields that were given, read; an empty line takes a list away."""
    given = {name: options[name] for name in (*TEXTS, *WORDS, *LINES, "applies_to")}
    values = {name: value for name, value in given.items() if value is not None}
    values |= {name: comma_list(values[name]) for name in WORDS if name in values}
    values |= {name: [line for line in values[name] if line] for name in LINES if name in values}
    if options["ics"] is not None:
        values["ics"] = _file(options["ics"])
    return values


def _file(path: str) -> str:
    try:
        return Path(path).read_text() if path else ""
    except (OSError, ValueError) as error:
        raise DomainError(f"cannot be read: {error}", field="ics") from error


def _moves(answer: Any) -> Iterator[str]:
    at_least = "" if answer["is_whole"] else "at least "
    yield f"in 90 days, {at_least}{answer['count']} occurrences of {answer['jobs']} jobs change"
    for move in answer["moves"]:
        before, after = (move[side] or "skipped" for side in ("before", "after"))
        yield f"  {move['job_name']}  {move['scheduled_for']}: {before} → {after}"
