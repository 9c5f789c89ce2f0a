"""``manage.py job``: the verbs that define jobs and steer them."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from jobs.management.cli.job.job_flags import add_flags, values_from
from jobs.management.cli.output import Row
from jobs.management.cli.reading import pausing, read_params
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client
from jobs.moments import iso


def add_job(parser: ArgumentParser) -> None:
    """The job is named by its name, or by --id."""
    parser.add_argument("job", nargs="?", metavar="NAME", help="the job's name")
    parser.add_argument("--id", dest="job_id", help="the job's id, instead of its name")


def job_path(api: Client, options: Options) -> str:
    """The address of the job that was named; raises NotFound."""
    return f"jobs/{api.job_id(options['job_id'] or options['job'])}/"


def noted(answer: Any) -> Row:
    """A run as commands show it: with a note only where there is one."""
    return {name: value for name, value in answer.items() if name != "note" or value}


class CreateJob(Verb):
    name, help = "create", "Define a new job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", nargs="?", metavar="NAME", help="the job's name")
        parser.add_argument("--paused", action="store_true", help="save it without planning it")
        add_flags(parser)

    def ask(self, api: Client, options: Options) -> Any:
        named = {"name": options["job"] or "", "enabled": not options["paused"]}
        return api.post("jobs/", _values(options) | named)


class JobVerb(Verb):
    """A verb about one job, which is asked for at an address below the job's own."""

    below = ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(job_path(api, options) + self.below, self.body(options))

    def body(self, options: Options) -> Row:
        """What is sent with it."""
        return {}


class GetJob(JobVerb):
    name, help = "get", "Show one job."

    def ask(self, api: Client, options: Options) -> Any:
        return api.get(job_path(api, options))


class UpdateJob(JobVerb):
    name, help = "update", "Change fields of a job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--name", dest="set_name", help="a new name")
        add_flags(parser)

    def ask(self, api: Client, options: Options) -> Any:
        named = {} if options["set_name"] is None else {"name": options["set_name"]}
        return api.patch(job_path(api, options), _values(options) | named)


class DeleteJob(JobVerb):
    name, help = "delete", "Take a job away; one with runs is archived, so that its history stays."

    def ask(self, api: Client, options: Options) -> Any:
        path = job_path(api, options)
        row: Row = api.get(path, fields="id,name")
        api.delete(path)
        archived = api.results("jobs/", status="archived", ids=row["id"], fields="id")
        return row | {"result": "archived" if archived else "deleted"}


class RunJob(JobVerb):
    name, help = "run", "Run a job once, now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--params", help="params for this run only, a JSON object")
        parser.add_argument("--key", help="the same key of the same job runs only once")
        parser.add_argument(
            "--waits",
            action="store_true",
            help="queue it behind an earlier run that is not finished",
        )

    def ask(self, api: Client, options: Options) -> Any:
        wanted = {
            "params": read_params(options["params"] or None),
            "key": options["key"],
            "waits": options["waits"],
        }
        body = {name: value for name, value in wanted.items() if value is not None}
        return noted(api.post(f"{job_path(api, options)}run/", body))


class PauseJobs(JobVerb):
    name, help = "pause", "Plan no more occurrences of a job."
    below = "pause/"

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help="why, for those who find it paused")
        parser.add_argument("--until", help="resume by itself at this ISO 8601 moment")

    def body(self, options: Options) -> Row:
        return pausing(options)


class ResumeJobs(JobVerb):
    name, help = "resume", "Plan a paused job again, from now on."
    below = "resume/"


class Unarchive(JobVerb):
    name, help = (
        "unarchive",
        "Bring an archived job back, paused; name it by --id, as its name may be another's by now.",
    )
    below = "unarchive/"


def _values(options: Options) -> Row:
    values = values_from(options)
    return {
        name: iso(value) if isinstance(value, datetime) else value for name, value in values.items()
    }
