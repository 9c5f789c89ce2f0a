"""``job why`` and ``run why``: why it is not running now."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.management.cli.job_verbs import actor, add_job, job_of
from jobs.management.cli.output import as_json
from jobs.management.cli.verbs import Verb
from jobs.queries.lookup import find_run
from jobs.queries.why.answer import Answer
from jobs.queries.why.job import why_job, why_run


class WhyJob(Verb):
    name, help = "why", "Say why a job is not running now: every reason, the most decisive first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        return _told(why_job(job_of(options), now=now()), options)


class WhyRun(Verb):
    name, help = "why", "Say why a run is not running now, or how it ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        return _told(why_run(find_run(options["run"], actor=actor()), now=now()), options)


def _told(answer: Answer, options: dict[str, Any]) -> str:
    return as_json(answer.fields()) if options["json"] else sentences(answer.fields())


def sentences(answer: dict[str, Any]) -> str:
    """The first reason, and below it the others."""
    first, *others = answer["reasons"]
    return "\n".join([first["sentence"], *(f"  also: {reason['sentence']}" for reason in others)])
