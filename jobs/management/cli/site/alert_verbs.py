"""``manage.py alerts``: what needs attention, and saying that somebody looks into it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.reading import read_limit, read_stamp
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client


class ListAlerts(Verb):
    """A scheduler that is silent now comes first: nobody writes that alert."""

    name, help = (
        "list",
        "List what needs attention, the newest first. It is what `alerts` alone does.",
    )
    columns = ("id", "kind", "message", "opened_at", "acknowledged_by", "snoozed_until")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="also what somebody has acknowledged"
        )
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")

    def ask(self, api: Client, options: Options) -> Any:
        acknowledged = str(options["all"]).lower()
        return api.results(
            "alerts/", limit=read_limit(options["page_size"]), acknowledged=acknowledged
        )


class Acknowledging(Verb):
    name, help = (
        "ack",
        (
            "Leave a matter out of the list while somebody looks into it. Again: change reason and "
            "end."
        ),
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alert", metavar="ID", help="its id, as `alerts` shows it")
        parser.add_argument("--reason", default="", help="what others should know")
        parser.add_argument(
            "--until", help="list it again from this ISO 8601 moment on, unless it is over"
        )

    def ask(self, api: Client, options: Options) -> Any:
        until = read_stamp(options["until"], "until")
        body = {"reason": options["reason"]} | ({"until": until} if until else {})
        return api.post(f"{_path(options)}acknowledge/", body)


class TakeBackAcknowledging(Verb):
    name, help = "unack", "List a matter again that somebody has acknowledged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("alert", metavar="ID", help="its id, as `alerts list --all` shows it")

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"{_path(options)}undo-acknowledge/")


def _path(options: Options) -> str:
    text = options["alert"]
    if not (text.isascii() and text.isdecimal()):
        raise DomainError(f"{text!r} is not an id", field="alert")
    return f"alerts/{text}/"
