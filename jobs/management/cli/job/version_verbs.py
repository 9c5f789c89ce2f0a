"""``job versions`` and ``job restore``: what a job said before, and saying it again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.management.cli.job.job_verbs import JobVerb, add_job, job_path
from jobs.management.cli.output import as_table
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client


class ListVersions(Verb):
    name, help = (
        "versions",
        "List what a job said before, the newest 50 versions that were replaced.",
    )
    columns = ("version", "replaced_at", "replaced_by", "schedule", "task", "params")

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)

    def ask(self, api: Client, options: Options) -> Any:
        return api.results(f"{job_path(api, options)}versions/")

    def text(self, answer: Any) -> str:
        return as_table([row | row["fields"] for row in answer], self.columns)


class Restore(JobVerb):
    name, help = "restore", "Let a job say again what it said as an earlier version, as a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--version",
            dest="number",
            type=int,
            required=True,
            metavar="N",
            help="`versions` lists them",
        )

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"{job_path(api, options)}versions/{options['number']}/restore/")
