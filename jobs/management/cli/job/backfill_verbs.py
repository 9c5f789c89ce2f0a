"""``job backfill``, ``job backfills`` and ``job backfill-cancel``: a past range, run at a pace of
its own.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.job.job_verbs import add_job, job_path
from jobs.management.cli.output import as_sheet
from jobs.management.cli.reading import id_of, read_limit, read_stamp
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client

SHOWN = 10


class BackfillOneJob(Verb):
    name, help = (
        "backfill",
        "Run the occurrences of a past range, the oldest first and one at a time unless told.",
    )
    doing = "writing runs"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument(
            "--from", dest="start", metavar="ISO", help="the range begins at this moment"
        )
        parser.add_argument("--to", dest="end", metavar="ISO", help="and ends before this one")
        parser.add_argument(
            "--concurrency", type=int, default=1, metavar="N", help="so many runs at a time"
        )
        parser.add_argument("--newest-first", action="store_true", help="begin with the newest")
        parser.add_argument(
            "--stop-on-failure", action="store_true", help="skip the rest once a run has failed"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="list the occurrences; change nothing"
        )

    def ask(self, api: Client, options: Options) -> Any:
        path = f"{job_path(api, options)}backfill/"
        wanted = {"from": _needed(options, "start", "from"), "to": _needed(options, "end", "to")}
        if options["dry_run"]:
            return api.get(path, **wanted)
        pace = {flag: options[flag] for flag in ("concurrency", "newest_first", "stop_on_failure")}
        return api.post(path, wanted | pace)

    def text(self, answer: Any) -> str:
        """The occurrences where they were asked for, those in the middle left out."""
        if "occurrences" not in answer:
            return as_sheet(answer)
        stamps = answer["occurrences"]
        shown = stamps if len(stamps) <= 2 * SHOWN else [*stamps[:SHOWN], "…", *stamps[-SHOWN:]]
        head = f"{answer['total']:,} runs of {answer['job_name']} would be written:"
        return "\n".join([head, *(f"  {stamp}" for stamp in shown)])


class ListBackfills(Verb):
    name, help = "backfills", "List a job's backfills, newest first."
    columns = ("id", "state", "range_start", "range_end", "total", "ended", "runs", "created_by")

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--page-size", type=int, default=20, help="how many at the most")

    def ask(self, api: Client, options: Options) -> Any:
        limit = read_limit(options["page_size"])
        return api.results(f"{job_path(api, options)}backfills/", limit=limit)


class BackfillCancel(Verb):
    name, help = (
        "backfill-cancel",
        "Cancel a backfill: its waiting runs at once, running ones when they can be stopped.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backfill", metavar="ID", help="the backfill's id")

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"backfills/{id_of(options, 'backfill', 'backfill')}/cancel/")


def _needed(options: Options, option: str, field: str) -> str:
    moment = read_stamp(options[option], field)
    if moment is None:
        raise DomainError("an ISO 8601 date-time is needed", field=field)
    return moment
