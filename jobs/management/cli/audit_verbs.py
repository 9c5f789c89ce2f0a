"""``manage.py audit``: who changed what."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.access.audit import Verb as Done
from jobs.errors import DomainError
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_table
from jobs.management.cli.reading import read_id
from jobs.management.cli.verbs import Verb
from jobs.queries.access.audit import AuditFilter, audit_page, entry_fields
from jobs.queries.lookup import find_job
from jobs.queries.paging import PAGE

COLUMNS = ("at", "who", "surface", "verb", "target_kind", "target_name", "changes", "reason")


class List(Verb):
    name, help = "list", f"List who changed what, the newest first, {PAGE} entries a page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--who", default="", metavar="NAME", help="what this person did")
        parser.add_argument("--verb", dest="done", default="", metavar="VERB", help="such as create_job or pause_job")
        parser.add_argument("--job", default="", metavar="NAME", help="about this job, by its name or id")
        parser.add_argument("--last-id", default="", metavar="ID", help="go on after this entry; --json has the ids")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        check_verb(options["done"])
        job = find_job(options["job"], actor=actor()) if options["job"] else None
        after = read_id(options["last_id"], "last-id") if options["last_id"] else None
        wanted = AuditFilter(who=options["who"], verb=options["done"], job_id=job.pk if job else None)
        rows = [entry_fields(entry) for entry in audit_page(wanted, after=after, actor=actor()).rows]
        return as_json(rows) if options["json"] else as_table([shown(row) for row in rows], COLUMNS)


def check_verb(word: str) -> None:
    """Raise DomainError for a verb that the audit does not have."""
    if word and word not in set(Done):
        raise DomainError(f"must be one of {', '.join(Done)}", field="verb")


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """The fields that changed by their names alone: what they were is for --json."""
    return row | {"changes": ", ".join(row["changes"])}
