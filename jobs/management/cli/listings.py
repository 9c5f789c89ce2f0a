"""``job list``, ``job runs``, ``run get`` and ``run logs``: the verbs that only read."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.compat.status import WORDS, told_page
from jobs.errors import DomainError, known_word
from jobs.management.cli.job_verbs import actor, add_job, job_of
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.reading import read_limit
from jobs.management.cli.verbs import Verb
from jobs.models import Job, JobStatus, Run, RunLog, RunState
from jobs.queries.fields import attempts_fields, job_fields, run_fields
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.jobs.listing import NAME, key_of, list_jobs
from jobs.queries.lookup import find_job, find_run
from jobs.queries.runs.listing import RunFilter, first_runs
from jobs.queries.runs.log import log_pieces

JOB_COLUMNS = ("name", "task", "schedule", "timezone", "enabled", "next_run_at", "queue")
RUN_COLUMNS = ("id", "state", "scheduled_for", "trigger", "attempt", "started_at", "finished_at", "error")


class List(Verb):
    name, help = "list", "List the jobs, by name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--search", default="", help="part of the name, the task or a tag")
        parser.add_argument(
            "--status",
            default="",
            help=f"one of {', '.join(JobStatus.values)}, or a word of DTS-Go's such as completed",
        )
        parser.add_argument("--queue", default="", help="jobs of this queue")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this job, the last of the page before")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        rows = [job_fields(job) for job in _jobs(options)]
        return as_json(rows) if options["json"] else as_table(rows, JOB_COLUMNS)


def _jobs(options: dict[str, Any]) -> list[Job]:
    """By name; those of a status of DTS-Go's by id, the oldest first."""
    after, limit, status = options["last_id"], read_limit(options["page_size"]), options["status"].lower()
    last = find_job(after, actor=actor()) if after else None
    if status.upper() in WORDS and status not in JobStatus.values:
        if options["search"] or options["queue"]:
            raise DomainError(f"with --search and --queue, one of {', '.join(JobStatus.values)}", field="status")
        told = told_page(actor=actor(), status=status.upper(), after=last.pk if last else None, limit=limit)
        return [each.job for each in told]
    wanted = JobFilter(search=options["search"], status=status, queue=options["queue"])
    key = key_of(last, NAME) if last else None
    return list_jobs(wanted, NAME, actor=actor(), after=key, limit=limit).rows


class Runs(Verb):
    name, help = "runs", "List a job's runs, newest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--status", default="", help=f"one of {', '.join(RunState.values)}")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this run")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        state = known_word(options["status"], RunState.values, field="status")
        wanted = RunFilter(job_id=job_of(options).pk, state=state)
        after, limit = options["last_id"], read_limit(options["page_size"])
        begin = find_run(after, actor=actor()).pk if after else None
        rows = [run_fields(run) for run in first_runs(wanted, actor=actor(), after=begin, limit=limit)]
        return as_json(rows) if options["json"] else as_table(rows, RUN_COLUMNS)


class GetRun(Verb):
    name, help = "get", "Show one run and its attempts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        run = find_run(options["run"], actor=actor())
        row, attempts = run_fields(run), attempts_fields(run)
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
        pieces = self._pieces(find_run(options["run"], actor=actor()), options["attempt"])
        if options["json"]:
            return as_json([{"attempt": piece.attempt, "text": piece.text} for piece in pieces])
        return "".join(piece.text for piece in pieces)

    def _pieces(self, run: Run, attempt: int | None) -> list[RunLog]:
        return log_pieces(run, attempt=attempt, after=None, limit=None)
