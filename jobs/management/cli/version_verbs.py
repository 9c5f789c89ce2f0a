"""``job versions`` and ``job restore``: what a job said before, and saying it again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.actions.jobs import restore_version
from jobs.management.cli.job_verbs import JobVerb, actor, add_job, job_of
from jobs.management.cli.output import as_json, as_table
from jobs.management.cli.verbs import Verb
from jobs.models import Job
from jobs.queries.fields import definition_fields, job_fields, json_fields
from jobs.queries.jobs.page import versions_of
from jobs.queries.lookup import find_job

COLUMNS = ("version", "replaced_at", "replaced_by", "schedule", "task", "params")


class Versions(Verb):
    name, help = "versions", "List what a job said before, the newest 50 versions that were replaced."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        kept = versions_of(job_of(options))
        named = ("version", "replaced_at", "replaced_by", "fields")
        rows = [json_fields({name: getattr(each, name) for name in named}) for each in kept]
        rows = [row | {"fields": definition_fields(row["fields"])} for row in rows]
        return as_json(rows) if options["json"] else as_table([row | row["fields"] for row in rows], COLUMNS)


class Restore(JobVerb):
    name, help = "restore", "Let a job say again what it said as an earlier version, as a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--version", dest="number", type=int, required=True, metavar="N", help="`versions` lists them"
        )

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        restore_version(job, options["number"], actor=actor(), now=now())
        return job_fields(find_job(str(job.pk), actor=actor()))
