"""``job list``, ``job runs``, ``run get`` and ``run logs``: the verbs that only read."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar

from jobs.errors import NotFound, known_word
from jobs.management.cli.job.job_verbs import add_job, job_path, noted
from jobs.management.cli.output import as_sheet
from jobs.management.cli.reading import id_of, is_id, read_limit, read_place
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client
from jobs.models import JobStatus, RunState, Trigger

OURS = ", ".join(JobStatus.values)


class ListJobs(Verb):
    name, help = "list", "List the jobs, by name."
    columns = ("name", "task", "schedule", "timezone", "enabled", "next_run_at", "queue")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--search", default="", help="part of the name, the task or a tag")
        parser.add_argument("--status", default="", help=f"one of {OURS}")
        parser.add_argument("--queue", default="", help="jobs of this queue")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument(
            "--last-id", default="", help="go on after this job, the last of the page before"
        )

    def ask(self, api: Client, options: Options) -> Any:
        status, limit, after = (
            options["status"].lower(),
            read_limit(options["page_size"]),
            _last(api, options),
        )
        known_word(status, JobStatus.values, field="status")
        wanted = {"search": options["search"], "queue": options["queue"], "status": status or None}
        return api.rows("jobs/", limit=limit, after=after, **wanted)


class ListRuns(Verb):
    name, help = "runs", "List a job's runs, newest first."
    columns = (
        "id",
        "state",
        "scheduled_for",
        "trigger",
        "attempt",
        "started_at",
        "finished_at",
        "error",
    )
    words: ClassVar = {"state": "status"}

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--status", default="", help=f"one of {', '.join(RunState.values)}")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this run")

    def ask(self, api: Client, options: Options) -> Any:
        limit, after = read_limit(options["page_size"]), read_place(options["last_id"])
        path, state = f"{job_path(api, options)}runs/", options["status"] or None
        return [noted(row) for row in api.rows(path, limit=limit, after=after, state=state)]


class FindRuns(Verb):
    name, help = "list", "List the runs of all jobs, newest first."
    columns = (
        "id",
        "job_name",
        "state",
        "trigger",
        "queue",
        "worker",
        "started_at",
        "finished_at",
        "error",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--search", default="", help="text in the error, the reason, or the job's name or task"
        )
        parser.add_argument("--state", default="", help=f"one of {', '.join(RunState.values)}")
        parser.add_argument("--job", default="", metavar="NAME", help="runs of this job")
        parser.add_argument("--queue", default="", help="runs of this queue")
        parser.add_argument("--worker", default="", help="runs whose last attempt was there")
        parser.add_argument("--trigger", default="", help=f"one of {', '.join(Trigger.values)}")
        parser.add_argument(
            "--error", default="", help="what the error begins with, or its fingerprint"
        )
        parser.add_argument("--duration", default="", help="such as '>5m', '<30s' or 1m..10m")
        parser.add_argument(
            "--param",
            action="append",
            metavar="NAME:VALUE",
            help="such as customer.id:7, within a time window or a job; repeated",
        )
        parser.add_argument("--since", default="", help="made at this moment, or 2h ago, or later")
        parser.add_argument("--until", default="", help="made before this moment")
        parser.add_argument("--window", default="", help="instead of --since: so long, such as 24h")
        parser.add_argument("--page-size", type=int, default=100, help="how many at the most")
        parser.add_argument("--last-id", default="", help="go on after this run")

    def ask(self, api: Client, options: Options) -> Any:
        limit, after = read_limit(options["page_size"]), read_place(options["last_id"])
        plain = {name: options[name] or None for name in PLAIN_FILTERS}
        job = api.job_id(options["job"]) if options["job"] else None
        words = [f'{name}:"{options[name]}"' for name in ("since", "until") if options[name]]
        words += [_param_word(text) for text in options["param"] or []]
        search = " ".join([*words, options["search"]]) or None
        rows = api.rows("runs/", limit=limit, after=after, job=job, search=search, **plain)
        return [noted(row) for row in rows]


def _param_word(text: str) -> str:
    path, _, value = text.replace("=", ":", 1).partition(":")
    return f'params.{path}:"{value}"'


PLAIN_FILTERS = ("state", "queue", "worker", "trigger", "error", "duration", "window")


def run_path(options: Options) -> str:
    """The address of the run that was named; raises NotFound."""
    return f"runs/{id_of(options, 'run', 'run')}/"


class GetRun(Verb):
    name, help = "get", "Show one run and its attempts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")

    def ask(self, api: Client, options: Options) -> Any:
        return noted(api.get(run_path(options)))

    def text(self, answer: Any) -> str:
        """The run, each of its attempts, and its log where that came too, one below the other."""
        rest = {name: value for name, value in answer.items() if name not in {"attempts", "log"}}
        return "\n\n".join(
            [
                *map(as_sheet, [rest, *answer["attempts"]]),
                *([answer["log"]] if "log" in answer else []),
            ]
        )


class ReadLogs(Verb):
    name, help = "logs", "Print what a run's body wrote."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--attempt", type=int, help="only this attempt")

    def ask(self, api: Client, options: Options) -> Any:
        pieces = api.walk(f"{run_path(options)}logs/", attempt=options["attempt"])
        return [{"attempt": piece["attempt"], "text": piece["text"]} for piece in pieces]

    def text(self, answer: Any) -> str:
        return "".join(piece["text"] for piece in answer)


def _last(api: Client, options: Options) -> str | None:
    """The id of the job of --last-id, by its id or its name."""
    named = options["last_id"]
    if not named or is_id(named):
        return named or None
    try:
        return api.job_id(named)
    except NotFound:
        raise NotFound(f"the list has no {named!r}", field="last-id") from None
