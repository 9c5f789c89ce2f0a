"""``job why`` and ``run why``: why it is not running now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.management.cli.job.job_verbs import add_job, job_path
from jobs.management.cli.job.listings import run_path
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client


class ExplainJob(Verb):
    name, help = "why", "Say why a job is not running now: every reason, the most decisive first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(f"{job_path(api, options)}why/")

    def text(self, answer: Any) -> str:
        """The first reason, and below it the others."""
        first, *others = answer["reasons"]
        return "\n".join(
            [first["sentence"], *(f"  also: {reason['sentence']}" for reason in others)]
        )


class ExplainRun(ExplainJob):
    name, help = "why", "Say why a run is not running now, or how it ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(f"{run_path(options)}why/")
