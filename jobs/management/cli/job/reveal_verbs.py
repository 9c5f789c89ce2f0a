"""``job reveal`` and ``run reveal``: what is hidden everywhere else, once; the audit keeps that
somebody looked.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.management.cli.job.job_verbs import JobVerb
from jobs.management.cli.job.listings import GetRun, run_path
from jobs.management.cli.output import Row
from jobs.management.cli.verbs import Options
from jobs.management.client import Client

REASON = "why, for the audit"


class RevealJob(JobVerb):
    name, help = "reveal", "Show one job with its secrets; the audit notes it."
    below = "reveal/"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help=REASON)

    def body(self, options: Options) -> Row:
        return {"reason": options["reason"]}


class RevealRun(GetRun):
    name, help = (
        "reveal",
        "Show one run with its secrets, and the end of its log; the audit notes it.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--attempt", type=int, help="whose log; the last one's unless given")
        parser.add_argument("--reason", default="", help=REASON)

    def ask(self, api: Client, options: Options) -> Any:
        wanted = {
            name: options[name] for name in ("attempt", "reason") if options[name] is not None
        }
        return api.post(f"{run_path(options)}reveal/", wanted)
