"""``manage.py alerts``: what needs attention, and saying that somebody looks into it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.output import as_sheet, as_table
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
        parser.add_argument(
            "--state",
            choices=["open", "acknowledged", "snoozed", "closed"],
            help="only what stands so; closed is the history",
        )
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")

    def ask(self, api: Client, options: Options) -> Any:
        state = {"state": options["state"]} if options["state"] else {}
        return api.results(
            "alerts/",
            limit=read_limit(options["page_size"]),
            acknowledged=str(options["all"]).lower(),
            **state,
        )


class ListCauses(Verb):
    name, help = "causes", "List what needs attention by cause: one row for all of one error."
    columns = ("cause", "kind", "jobs", "alerts", "message", "opened_at")

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("alerts/causes/")


class Acknowledging(Verb):
    name, help = (
        "ack",
        (
            "Leave a matter out of the list while somebody looks into it. Again: change reason and "
            "end."
        ),
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_which(parser)
        parser.add_argument("--reason", default="", help="what others should know")
        parser.add_argument(
            "--until", help="list it again from this ISO 8601 moment on, unless it is over"
        )

    def ask(self, api: Client, options: Options) -> Any:
        until = read_stamp(options["until"], "until")
        body = {"reason": options["reason"]} | ({"until": until} if until else {})
        return _post(api, options, "acknowledge/", body)

    def text(self, answer: Any) -> str:
        return _text(answer)


class TakeBackAcknowledging(Verb):
    name, help = "unack", "List a matter again that somebody has acknowledged."

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_which(parser)

    def ask(self, api: Client, options: Options) -> Any:
        return _post(api, options, "undo-acknowledge/", {})

    def text(self, answer: Any) -> str:
        return _text(answer)


def _add_which(parser: ArgumentParser) -> None:
    parser.add_argument("alert", metavar="ID", nargs="?", help="its id, as `alerts` shows it")
    parser.add_argument("--cause", help="all of this cause, as `alerts causes` shows it")


def _post(api: Client, options: Options, verb: str, body: dict[str, Any]) -> Any:
    """The alert, or all those of a cause."""
    if not options["cause"]:
        return api.post(f"{_path(options)}{verb}", body)
    if options["alert"]:
        raise DomainError("give an id or --cause, not both", field="alert")
    return api.post(f"alerts/causes/{verb}", body | {"cause": options["cause"]})["results"]


def _text(answer: Any) -> str:
    return as_table(answer, ListAlerts.columns) if isinstance(answer, list) else as_sheet(answer)


def _path(options: Options) -> str:
    text = options["alert"] or ""
    if not (text.isascii() and text.isdecimal()):
        raise DomainError(f"{text!r} is not an id", field="alert")
    return f"alerts/{text}/"
