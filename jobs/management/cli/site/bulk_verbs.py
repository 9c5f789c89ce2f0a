"""``bulk begin``, ``list``, ``get`` and ``cancel``: operations on everything that a filter
matches.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.job.job_flags import json_value
from jobs.management.cli.output import Row
from jobs.management.cli.reading import id_of, read_limit, read_place
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client
from jobs.models import BulkVerb


class BeginBulk(Verb):
    name, help = "begin", "Do one thing to all jobs, dead letters or runs that a filter matches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "order", choices=BulkVerb.values, metavar="WHAT", help=", ".join(BulkVerb.values)
        )
        parser.add_argument(
            "--filter", action="append", metavar="NAME=VALUE", help="such as queue=night; repeated"
        )
        parser.add_argument("--all", action="store_true", help="all there are, instead of a filter")
        parser.add_argument(
            "--arguments", default="{}", metavar="JSON", help='such as {"reason": "database move"}'
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="count what matches; change nothing"
        )

    def ask(self, api: Client, options: Options) -> Any:
        order = {
            "verb": options["order"],
            "filter": _filter(options),
            "arguments": _arguments(options),
        }
        return api.post("bulk/", order | {"dry_run": options["dry_run"]})


class ListBulk(Verb):
    name, help = "list", "List the bulk operations, newest first."
    columns = (
        "id",
        "verb",
        "filter",
        "state",
        "progress",
        "done",
        "failed",
        "skipped",
        "created_by",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--page-size", type=int, default=20, help="how many at the most")
        parser.add_argument(
            "--last-id", default="", help="go on after this one, the last of the page before"
        )

    def ask(self, api: Client, options: Options) -> Any:
        limit, after = read_limit(options["page_size"]), read_place(options["last_id"])
        return api.rows("bulk/", limit=limit, after=after)


class GetBulk(Verb):
    name, help = "get", "Show how far a bulk operation is, and what failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bulk", metavar="ID", help="the operation's id")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(f"bulk/{id_of(options, 'bulk', 'bulk operation')}/")


class CancelBulk(GetBulk):
    name, help = "cancel", "Cancel a bulk operation: what has not been reached stays as it is."

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"bulk/{id_of(options, 'bulk', 'bulk operation')}/cancel/")


LISTS = frozenset({"ids", "param"})  # values that are separated by commas


def _filter(options: Options) -> dict[str, str | list[str]]:
    """As ``--filter NAME=VALUE`` has it or ``--all``, of which one is needed."""
    pairs = [text.partition("=") for text in options["filter"] or []]
    if bool(pairs) == options["all"]:
        raise DomainError("narrow with --filter NAME=VALUE, or choose --all", field="filter")
    if unread := [name for name, equals, _ in pairs if not equals]:
        raise DomainError(f"must be NAME=VALUE, not {unread[0]!r}", field="filter")
    return {name: value.split(",") if name in LISTS else value for name, _, value in pairs}


def _arguments(options: Options) -> Row:
    try:
        found = json_value(options["arguments"])
    except ValueError as error:
        raise DomainError(str(error), field="arguments") from error
    if not isinstance(found, dict):
        raise DomainError("must be a JSON object", field="arguments")
    return found
