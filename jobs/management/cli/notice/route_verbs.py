"""``manage.py route``: which alerts go to which channel, and when."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.actions.notice.routes import LISTS, MINUTES
from jobs.management.cli.job.job_flags import comma_list, whole_number
from jobs.management.cli.output import Row
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path

TEXTS = {
    "channel": "where they go",
    "description": "what it is for",
    "quiet": "hours without a message, such as 22:00-07:00",
    "timezone": "of the quiet hours and of the texts",
    "escalate-to": "the channel that is told where nobody acknowledges",
}
SWITCHES = {"enabled": "whether it is in use", "recovery": "whether the end is told too"}


class ListRoutes(Verb):
    name, help = "list", "List the routes."
    columns = ("name", "channel", *LISTS, "quiet", "digest_minutes", "escalate_to", "enabled")

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("routes/")


class GetRoute(Verb):
    name, help = "get", "Show one route."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("route", metavar="NAME", help="the route's name")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(_path(options))


class CreateRoute(GetRoute):
    name, help = "create", "Make a route; a list that is not given takes every alert."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        for name, text in TEXTS.items():
            parser.add_argument(f"--{name}", help=text)
        for name in LISTS:
            parser.add_argument(f"--{name}", help=f"only alerts with one of these {name}")
        for name in MINUTES:
            parser.add_argument(f"--{name.replace('_', '-')}", type=whole_number, metavar="N")
        for name, text in SWITCHES.items():
            parser.add_argument(f"--{name}", choices=("yes", "no"), help=text)

    def ask(self, api: Client, options: Options) -> Any:
        return api.post("routes/", _values(options) | {"name": options["route"]})


class UpdateRoute(CreateRoute):
    name, help = "update", "Change a route."

    def ask(self, api: Client, options: Options) -> Any:
        return api.patch(_path(options), _values(options))


class DeleteRoute(GetRoute):
    name, help = "delete", "Remove a route; what it has written is still sent."

    def ask(self, api: Client, options: Options) -> Any:
        api.delete(_path(options))
        return {"name": options["route"], "result": "deleted"}


class PreviewRouteVerb(GetRoute):
    name, help = "preview", "Say what it would have sent in the last seven days."

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(f"{_path(options)}preview/")

    def text(self, answer: Any) -> str:
        return str(answer["sentence"])


def _path(options: Options) -> str:
    return f"routes/{in_path(options['route'])}/"


def _values(options: Options) -> Row:
    """The fields that were given."""
    texts = {name.replace("-", "_"): options[name.replace("-", "_")] for name in TEXTS}
    numbers = {name: options[name] for name in MINUTES}
    lists = {name: comma_list(options[name]) for name in LISTS if options[name] is not None}
    flags = {name: options[name] == "yes" for name in SWITCHES if options[name] is not None}
    given = {name: value for name, value in (texts | numbers).items() if value is not None}
    return given | lists | flags
