"""``manage.py job``: the verbs that define jobs and steer them."""

from __future__ import annotations

import getpass
from abc import abstractmethod
from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.access.actor import Actor, Surface
from jobs.actions.jobs import archive_job, create_job, unarchive_job, update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.runs.run import run_now
from jobs.compat import dts_go
from jobs.compat.naming import create_named
from jobs.errors import DomainError
from jobs.management.cli.job_flags import add_flags, json_value, values_from
from jobs.management.cli.output import as_json, as_sheet
from jobs.management.cli.verbs import Verb
from jobs.models import Job
from jobs.moments import read_moment
from jobs.queries.fields import job_fields, run_fields
from jobs.queries.lookup import find_job


def actor() -> Actor:
    """Who is at the keyboard, as the log and the pages call them."""
    return Actor(f"cli:{getpass.getuser()}", Surface.CLI)


def add_job(parser: ArgumentParser) -> None:
    """The job is named by its name, or by --id."""
    parser.add_argument("job", nargs="?", metavar="NAME", help="the job's name")
    parser.add_argument("--id", dest="job_id", help="the job's id, instead of its name")


def job_of(options: dict[str, Any]) -> Job:
    named = options["job_id"] or options["job"]
    if not named:
        raise DomainError("a name or --id is needed", field="job")
    return find_job(named, actor=actor())


class JobVerb(Verb):
    """A verb about one existing job; ``act`` answers the object that is shown."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_job(parser)
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        row = self.act(job_of(options), options)
        return as_json(row) if options["json"] else as_sheet(row)

    @abstractmethod
    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        """Do it and return the fields that are shown."""


class Create(Verb):
    name, help = "create", "Define a new job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("job", nargs="?", metavar="NAME", help="the job's name")
        parser.add_argument(
            "--name", dest="set_name", help="the job's name, instead of NAME; then --metadata may hold task and params"
        )
        parser.add_argument("--paused", action="store_true", help="save it without planning it")
        parser.add_argument("--json", action="store_true", help="print JSON")
        add_flags(parser)

    def run(self, options: dict[str, Any]) -> str:
        values = values_from(options) | {"name": options["set_name"] or options["job"] or ""}
        values["enabled"] = not options["paused"]
        if options["set_name"] and "task" not in values:
            # DTS-Go's own words: its jobs have no task, and two may have the same name.
            job = create_named(dts_go.with_task(values), actor=actor(), now=now())
        else:
            job = create_job(values, actor=actor(), now=now())
        return as_json(job_fields(job)) if options["json"] else as_sheet(job_fields(job))


class Get(JobVerb):
    name, help = "get", "Show one job."

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        return job_fields(job)


class Update(JobVerb):
    name, help = "update", "Change fields of a job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--name", dest="set_name", help="a new name")
        parser.add_argument(
            "--status", default="", help="scheduled resumes it, paused pauses it, cancelled stops it too"
        )
        add_flags(parser)

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        values, status = values_from(options), dts_go.read_verb(options["status"])
        if options["set_name"] is not None:
            values["name"] = options["set_name"]
        job = update_job(job, dts_go.with_task(values, job), actor=actor(), now=now())
        dts_go.obey(status, job, actor=actor(), now=now())
        return job_fields(find_job(str(job.pk), actor=actor()))


class Delete(JobVerb):
    name, help = "delete", "Take a job away; one with runs is archived, so that its history stays."

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        deleted = archive_job(job, actor=actor(), now=now())
        return {"id": str(job.pk), "name": job.name, "result": "deleted" if deleted else "archived"}


class RunNowVerb(JobVerb):
    name, help = "run", "Run a job once, now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--params", help="params for this run only, a JSON object")
        parser.add_argument("--key", help="the same key of the same job runs only once")
        parser.add_argument("--waits", action="store_true", help="queue it behind an earlier run that is not finished")

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        try:
            params = json_value(options["params"]) if options["params"] else None
        except ValueError as error:
            raise DomainError(str(error), field="params") from error
        answer = run_now(job, actor=actor(), now=now(), params=params, key=options["key"], waits=options["waits"])
        return run_fields(answer.run) | ({"note": answer.note} if answer.note else {})


class Pause(JobVerb):
    name, help = "pause", "Plan no more occurrences of a job."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help="why, for those who find it paused")
        parser.add_argument("--until", help="resume by itself at this ISO 8601 moment")

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        try:
            until = read_moment(options["until"]) if options["until"] else None
        except ValueError as error:
            raise DomainError(str(error), field="paused_until") from error
        pause_job(job, actor=actor(), reason=options["reason"], until=until, now=now())
        return job_fields(find_job(str(job.pk), actor=actor()))


class Resume(JobVerb):
    name, help = "resume", "Plan a paused job again, from now on."

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        resume_job(job, actor=actor(), now=now())
        return job_fields(find_job(str(job.pk), actor=actor()))


class Unarchive(JobVerb):
    name, help = (
        "unarchive",
        "Bring an archived job back, paused; name it by --id, as its name may be another's by now.",
    )

    def act(self, job: Job, options: dict[str, Any]) -> dict[str, Any]:
        return job_fields(unarchive_job(job, actor=actor(), now=now()))
