"""``bulk list``, ``bulk get`` and ``bulk cancel``: operations on everything that a filter matches."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.actions.bulk import cancel_bulk
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.reading import read_id, read_limit
from jobs.management.cli.verbs import Verb
from jobs.queries.bulk import bulk_fields, bulk_page, find_bulk

COLUMNS = ("id", "verb", "filter", "state", "progress", "done", "failed", "skipped", "created_by")


class List(Verb):
    name, help = "list", "List the bulk operations, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--page-size", type=int, default=20, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this one, the last of the page before")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        after = read_id(options["last_id"], "last-id") if options["last_id"] else None
        page = bulk_page(after=after, limit=read_limit(options["page_size"]))
        rows = [bulk_fields(operation) for operation in page.rows]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class Get(Verb):
    name, help = "get", "Show how far a bulk operation is, and what failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("bulk", metavar="ID", help="the operation's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        row = bulk_fields(find_bulk(options["bulk"]))
        return as_json(row) if options["json"] else as_sheet(row)


class Cancel(Get):
    name, help = "cancel", "Cancel a bulk operation: what has not been reached stays as it is."

    def run(self, options: dict[str, Any]) -> str:
        cancel_bulk(find_bulk(options["bulk"]), actor=actor(), now=now())
        return super().run(options)
