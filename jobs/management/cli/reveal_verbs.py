"""``job reveal`` and ``run reveal``: what is hidden everywhere else, once; the audit keeps that somebody looked."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.actions.masking.reveal import reveal_job, reveal_run
from jobs.management.cli.job_verbs import JobVerb, actor
from jobs.management.cli.output import as_json, as_sheet
from jobs.management.cli.verbs import Verb
from jobs.models import Job
from jobs.queries.fields import attempts_fields, job_fields, run_fields
from jobs.queries.lookup import find_run
from jobs.queries.runs.log import log_of

REASON = "why, for the audit"


class RevealJob(JobVerb):
    name, help = "reveal", "Show one job with its secrets; the audit notes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help=REASON)

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        return job_fields(job, reveal_job(job, actor=actor(), now=now(), reason=options["reason"]))


class RevealRun(Verb):
    name, help = "reveal", "Show one run with its secrets, and the end of its log; the audit notes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--attempt", type=int, help="whose log; the last one's unless given")
        parser.add_argument("--reason", default="", help=REASON)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        run = find_run(options["run"], actor=actor())
        redactor = reveal_run(run, actor=actor(), now=now(), reason=options["reason"])
        log = "\n".join(line.text for line in log_of(run, options["attempt"], redactor).tail().lines)
        row = run_fields(run, redactor) | {"attempts": attempts_fields(run, redactor), "log": log}
        return as_json(row) if options["json"] else sheets(row)


def sheets(row: dict[str, Any]) -> str:
    """The run, each of its attempts, and its log, one below the other."""
    rest = {name: value for name, value in row.items() if name not in {"attempts", "log"}}
    return "\n\n".join([*map(as_sheet, [rest, *row["attempts"]]), row["log"]])
