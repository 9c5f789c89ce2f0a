"""``job backfill``, ``job backfills`` and ``job backfill-cancel``: a past range, run at a pace of its own."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils.timezone import now

from jobs.actions.runs.backfills import backfill_job, cancel_backfill, preview_backfill
from jobs.errors import DomainError
from jobs.management.cli.job_verbs import actor, add_job, job_of
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.progress import Progress
from jobs.management.cli.reading import read_limit, read_moment
from jobs.management.cli.verbs import Verb
from jobs.models import Job
from jobs.queries.backfills import backfill_fields, backfills_of, find_backfill, with_progress

COLUMNS = ("id", "state", "range_start", "range_end", "total", "ended", "runs", "created_by")
SHOWN = 10


class BackfillVerb(Verb):
    name, help = "backfill", "Run the occurrences of a past range, the oldest first and one at a time unless told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--from", dest="start", metavar="ISO", help="the range begins at this moment")
        parser.add_argument("--to", dest="end", metavar="ISO", help="and ends before this one")
        parser.add_argument("--concurrency", type=int, default=1, metavar="N", help="so many runs at a time")
        parser.add_argument("--newest-first", action="store_true", help="begin with the newest")
        parser.add_argument("--stop-on-failure", action="store_true", help="skip the rest once a run has failed")
        parser.add_argument("--dry-run", action="store_true", help="list the occurrences; change nothing")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        job, start, end = job_of(options), _needed(options, "start", "from"), _needed(options, "end", "to")
        if options["dry_run"]:
            with Progress("looking"):
                moments = preview_backfill(job, now=now(), start=start, end=end)
            return _preview(job, moments, as_program=options["json"])
        pace = {flag: options[flag] for flag in ("concurrency", "newest_first", "stop_on_failure")}
        with Progress("writing runs"):
            backfill = backfill_job(job, actor=actor(), now=now(), start=start, end=end, **pace)
        row = backfill_fields(*with_progress([backfill]))
        return as_json(row) if options["json"] else as_sheet(row)


class Backfills(Verb):
    name, help = "backfills", "List a job's backfills, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--page-size", type=int, default=20, help="how many at the most")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        found = backfills_of(job_of(options), limit=read_limit(options["page_size"]))
        rows = [backfill_fields(progress) for progress in found]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class BackfillCancel(Verb):
    name, help = (
        "backfill-cancel",
        "Cancel a backfill: its waiting runs at once, running ones when they can be stopped.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backfill", metavar="ID", help="the backfill's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        backfill = find_backfill(options["backfill"], actor=actor())
        done = cancel_backfill(backfill, actor=actor(), now=now())
        row = backfill_fields(*with_progress([backfill])) | asdict(done)
        return as_json(row) if options["json"] else as_sheet(row)


def _needed(options: dict[str, Any], option: str, field: str) -> datetime:
    moment = read_moment(options[option], field)
    if moment is None:
        raise DomainError("an ISO 8601 date-time is needed", field=field)
    return moment


def _preview(job: Job, moments: list[datetime], *, as_program: bool) -> str:
    stamps = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments]
    if as_program:
        return as_json({"job_name": job.name, "total": len(stamps), "occurrences": stamps})
    shown = stamps if len(stamps) <= 2 * SHOWN else [*stamps[:SHOWN], "…", *stamps[-SHOWN:]]
    return "\n".join([f"{len(stamps):,} runs of {job.name} would be written:", *(f"  {stamp}" for stamp in shown)])
