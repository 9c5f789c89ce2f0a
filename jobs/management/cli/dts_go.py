"""DTS-Go's own command line: ``job create``, ``get``, ``list``, ``update`` and ``delete``, with its
flags and words.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, ClassVar

from jobs.errors import DomainError
from jobs.management.cli.job.job_flags import json_value
from jobs.management.cli.output import Row, as_table
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client

JOBS = "/v1/jobs"
# What its flags set, and how its gateway calls it.
FLAGS = {"name": "name", "description": "description", "cron": "cronExpression", "status": "status"}
FIELDS = {
    "cron_expression": "cron",
    "metadata": "metadata",
    "page_size": "page-size",
    "last_id": "last-id",
}


class DtsVerb(Verb):
    """A verb of DTS-Go's, which is one request of its gateway."""

    words: ClassVar = FIELDS


class DtsCreate(DtsVerb):
    name, help = (
        "create",
        "Define a job: its metadata name the task, or are the params of the default one.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_flags(parser)

    def ask(self, api: Client, options: Options) -> Any:
        made = api.post(JOBS, _message(options))
        return api.get(f"{JOBS}/{made['jobId']}")


class DtsGet(DtsVerb):
    name, help = "get", "Show a job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_id(parser)

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(f"{JOBS}/{options['job_id']}")


class DtsList(DtsVerb):
    name, help = "list", "List the jobs, the oldest first."
    listed: ClassVar = ("id", "name", "status", "cronExpression", "nextRun", "lastRun")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--page-size", type=int, default=10, help="how many, at most 250 (default: 10)"
        )
        parser.add_argument(
            "--status", default="", help="a status such as completed, or active: not paused"
        )
        parser.add_argument("--last-id", default="", help="go on after the job with this id")

    def ask(self, api: Client, options: Options) -> Any:
        asked = {
            "pageSize": options["page_size"],
            "status": options["status"],
            "lastId": options["last_id"],
        }
        return api.get(JOBS, **{name: value or None for name, value in asked.items()})

    def text(self, answer: Any) -> str:
        """The page, and how the next one is asked for."""
        following = f"\nnext: --last-id {answer['nextPage']}" if answer["nextPage"] else ""
        return as_table(answer["jobs"], self.listed) + following


class DtsUpdate(DtsVerb):
    name, help = (
        "update",
        (
            "Change what is given: paused pauses the job, scheduled resumes it, cancelled stops it "
            "too."
        ),
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_id(parser)
        _add_flags(parser)
        parser.add_argument("--status", help="a word such as paused, in any case")

    def ask(self, api: Client, options: Options) -> Any:
        return api.put(f"{JOBS}/{options['job_id']}", _message(options))


class DtsDelete(DtsVerb):
    name, help = "delete", "Take a job away; one that has run is archived."

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_id(parser)

    def ask(self, api: Client, options: Options) -> Any:
        api.delete(f"{JOBS}/{options['job_id']}")
        return {"success": True}


def _add_id(parser: ArgumentParser) -> None:
    parser.add_argument("--id", dest="job_id", required=True, help="the job's id")


def _add_flags(parser: ArgumentParser) -> None:
    parser.add_argument("--name", help="its name")
    parser.add_argument("--description", help="what it is for")
    parser.add_argument("--cron", help="its schedule")
    parser.add_argument("--metadata", help="a JSON object of texts")


def _message(options: Options) -> Row:
    """What was typed of a job; an empty text is the same as nothing, as it was there."""
    message: Row = {theirs: value for flag, theirs in FLAGS.items() if (value := options.get(flag))}
    if options["metadata"]:
        try:
            message["metadata"] = json_value(options["metadata"])
        except ValueError as error:
            raise DomainError(str(error), field="metadata") from error
    return message
