"""``manage.py alerts``: what needs attention, and saying that somebody looks into it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.actions.alerts import acknowledge_alert
from jobs.actions.undo import undo_acknowledge
from jobs.errors import DomainError
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.reading import read_limit, read_moment
from jobs.management.cli.verbs import Verb
from jobs.queries.alerts import alert_fields, find_alert, open_alerts, silence_fields

COLUMNS = ("id", "kind", "message", "opened_at", "acknowledged_by", "snoozed_until")


class List(Verb):
    """A scheduler that is silent now comes first: nobody writes that alert."""

    name, help = "list", "List what needs attention, the newest first. It is what `alerts` alone does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="also what somebody has acknowledged")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        found = open_alerts(read_limit(options["page_size"]), acknowledged=options["all"], actor=actor())
        rows = [*silence_fields(now()), *map(alert_fields, found)]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class Acknowledge(Verb):
    name, help = "ack", "Leave a matter out of the list while somebody looks into it. Again: change reason and end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alert", metavar="ID", help="its id, as `alerts` shows it")
        parser.add_argument("--reason", default="", help="what others should know")
        parser.add_argument("--until", help="list it again from this ISO 8601 moment on, unless it is over")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        until = read_moment(options["until"], "until")
        alert = find_alert(read_number(options["alert"]), actor=actor())
        row = alert_fields(acknowledge_alert(alert, actor=actor(), reason=options["reason"], until=until, now=now()))
        return as_json(row) if options["json"] else as_sheet(row)


class UndoAcknowledge(Verb):
    name, help = "unack", "List a matter again that somebody has acknowledged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alert", metavar="ID", help="its id, as `alerts list --all` shows it")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        alert = find_alert(read_number(options["alert"]), actor=actor())
        row = alert_fields(undo_acknowledge(alert, actor=actor(), now=now()))
        return as_json(row) if options["json"] else as_sheet(row)


def read_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise DomainError(f"{text!r} is not an id", field="alert")
    return int(text)
