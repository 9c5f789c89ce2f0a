"""``manage.py audit``: who changed what."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.management.cli.output import as_table
from jobs.management.cli.reading import read_place
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client

PAGE = 50


class ListAudit(Verb):
    name, help = "list", f"List who changed what, the newest first, {PAGE} entries a page."
    columns = ("at", "who", "surface", "verb", "target_kind", "target_name", "changes", "reason")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--who", default="", metavar="NAME", help="what this person did")
        parser.add_argument(
            "--verb", dest="done", metavar="VERB", help="such as create_job or pause_job"
        )
        parser.add_argument(
            "--job", default="", metavar="NAME", help="about this job, by its name or id"
        )
        parser.add_argument(
            "--last-id", default="", metavar="ID", help="go on after this entry; --json has the ids"
        )

    def ask(self, api: Client, options: Options) -> Any:
        job = api.job_id(options["job"]) if options["job"] else None
        wanted = {"who": options["who"], "verb": options["done"] or None, "job": job}
        return api.rows("audit/", limit=PAGE, after=read_place(options["last_id"]), **wanted)

    def text(self, answer: Any) -> str:
        """The fields that changed by their names alone: what they were is for --json."""
        return as_table(
            (row | {"changes": ", ".join(row["changes"])} for row in answer), self.columns
        )
