"""``bulk begin``, ``list``, ``get`` and ``cancel``: operations on everything that a filter matches."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.actions.bulk import begin_bulk, cancel_bulk, require_bulk
from jobs.errors import DomainError
from jobs.management.cli.job_flags import json_value
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.reading import read_id, read_limit
from jobs.management.cli.verbs import Verb
from jobs.models import BulkVerb
from jobs.queries.bulk import bulk_fields, bulk_page, count_told, find_bulk

COLUMNS = ("id", "verb", "filter", "state", "progress", "done", "failed", "skipped", "created_by")


def wanted_of(options: dict[str, Any]) -> dict[str, str]:
    """The filter, as ``--filter NAME=VALUE`` has it or ``--all``; exactly one of these is needed."""
    pairs = [text.partition("=") for text in options["filter"] or []]
    if bool(pairs) == options["all"]:
        raise DomainError("narrow with --filter NAME=VALUE, or choose --all", field="filter")
    if unread := [name for name, equals, _ in pairs if not equals]:
        raise DomainError(f"must be NAME=VALUE, not {unread[0]!r}", field="filter")
    return {name: value for name, _, value in pairs}


def arguments_of(options: dict[str, Any]) -> dict[str, Any]:
    try:
        found = json_value(options["arguments"])
    except ValueError as error:
        raise DomainError(str(error), field="arguments") from error
    if not isinstance(found, dict):
        raise DomainError("must be a JSON object", field="arguments")
    return found


class Begin(Verb):
    name, help = "begin", "Do one thing to all jobs, or all dead letters, that a filter matches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("order", choices=BulkVerb.values, metavar="WHAT", help=", ".join(BulkVerb.values))
        parser.add_argument("--filter", action="append", metavar="NAME=VALUE", help="such as queue=night; repeated")
        parser.add_argument("--all", action="store_true", help="all there are, instead of a filter")
        parser.add_argument("--arguments", default="{}", metavar="JSON", help='such as {"reason": "database move"}')
        parser.add_argument("--dry-run", action="store_true", help="count what matches; change nothing")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        wanted, arguments, who = wanted_of(options), arguments_of(options), actor()
        if options["dry_run"]:
            require_bulk(options["order"], wanted, arguments, actor=who, now=now())
            row = count_told(options["order"], wanted, who)
        else:
            row = bulk_fields(begin_bulk(options["order"], wanted, arguments, actor=who, now=now()))
        return as_json(row) if options["json"] else as_sheet(row)


class List(Verb):
    name, help = "list", "List the bulk operations, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--page-size", type=int, default=20, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this one, the last of the page before")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        after = read_id(options["last_id"], "last-id") if options["last_id"] else None
        page = bulk_page(after=after, limit=read_limit(options["page_size"]), actor=actor())
        rows = [bulk_fields(operation) for operation in page.rows]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class Get(Verb):
    name, help = "get", "Show how far a bulk operation is, and what failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bulk", metavar="ID", help="the operation's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        row = bulk_fields(find_bulk(options["bulk"], actor=actor()))
        return as_json(row) if options["json"] else as_sheet(row)


class Cancel(Get):
    name, help = "cancel", "Cancel a bulk operation: what has not been reached stays as it is."

    def run(self, options: dict[str, Any]) -> str:
        cancel_bulk(find_bulk(options["bulk"], actor=actor()), actor=actor(), now=now())
        return super().run(options)
