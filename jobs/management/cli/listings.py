"""``job list``, ``job runs``, ``run get`` and ``run logs``: the verbs that only read."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.job_verbs import add_job, job_of
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.verbs import Verb
from jobs.models import Run, RunLog, RunState
from jobs.queries.fields import attempt_fields, attempts_of, job_fields, run_fields
from jobs.queries.listing import JOB_STATES, jobs_page, runs_page
from jobs.queries.lookup import find_run

JOB_COLUMNS = ("name", "task", "schedule", "timezone", "enabled", "next_run_at", "queue")
RUN_COLUMNS = ("id", "state", "scheduled_for", "trigger", "attempt", "started_at", "finished_at", "error")


class List(Verb):
    name, help = "list", "List the jobs, by name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--search", default="", help="part of the name, the task or a tag")
        parser.add_argument("--status", default="", help=f"one of {', '.join(JOB_STATES)}")
        parser.add_argument("--queue", default="", help="jobs of this queue")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this name, the last one of the page before")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        jobs = jobs_page(
            search=options["search"],
            status=options["status"],
            queue=options["queue"],
            after=options["last_id"],
            limit=_limit(options["page_size"]),
        )
        rows = [job_fields(job) for job in jobs]
        return as_json(rows) if options["json"] else as_table(rows, JOB_COLUMNS)


class Runs(Verb):
    name, help = "runs", "List a job's runs, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--status", default="", help=f"one of {', '.join(RunState.values)}")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this run")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        page = runs_page(
            job_of(options), state=options["status"], after=options["last_id"], limit=_limit(options["page_size"])
        )
        rows = [run_fields(run) for run in page]
        return as_json(rows) if options["json"] else as_table(rows, RUN_COLUMNS)


class GetRun(Verb):
    name, help = "get", "Show one run and its attempts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        run = find_run(options["run"])
        row, attempts = run_fields(run), [attempt_fields(attempt) for attempt in attempts_of(run)]
        if options["json"]:
            return as_json(row | {"attempts": attempts})
        return "\n\n".join([as_sheet(row), *map(as_sheet, attempts)])


class Logs(Verb):
    name, help = "logs", "Print what a run's body wrote."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--attempt", type=int, help="only this attempt")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        pieces = self._pieces(find_run(options["run"]), options["attempt"])
        if options["json"]:
            return as_json([{"attempt": piece.attempt, "text": piece.text} for piece in pieces])
        return "".join(piece.text for piece in pieces)

    def _pieces(self, run: Run, attempt: int | None) -> list[RunLog]:
        pieces = run.logs.order_by("attempt", "seq")
        return list(pieces if attempt is None else pieces.filter(attempt=attempt))


def _limit(number: int) -> int:
    if not 1 <= number <= 1000:
        raise DomainError("must be a number from 1 to 1000", field="page-size")
    return number
