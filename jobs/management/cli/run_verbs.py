"""``run cancel``, ``run rerun`` and ``run delete``: the verbs that steer runs."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.utils.timezone import now

from jobs.actions.runs.cancel import cancel_run, cancel_runs
from jobs.actions.runs.purge import delete_run
from jobs.actions.runs.run import rerun
from jobs.errors import DomainError
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet
from jobs.management.cli.reading import read_params
from jobs.management.cli.verbs import Verb
from jobs.models import RunState
from jobs.queries.fields import run_fields
from jobs.queries.lookup import find_job, find_run


class Cancel(Verb):
    name, help = "cancel", "Cancel a run: one that waits at once, a running one as soon as it can be stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", nargs="?", metavar="ID", help="the run's id")
        parser.add_argument("--job", default="", metavar="NAME", help="instead: all runs of this job that are not over")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        if bool(options["run"]) == bool(options["job"]):
            raise DomainError("the id of a run, or --job, is needed", field="run")
        row = _cancel_job(options["job"]) if options["job"] else _cancel_one(options["run"])
        return as_json(row) if options["json"] else as_sheet(row)


class Rerun(Verb):
    name, help = "rerun", "Run a run's job again, now, with the params that run had."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--params", help="params instead of its own, a JSON object")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        params = read_params(options["params"])
        answer = rerun(find_run(options["run"], actor=actor()), actor=actor(), now=now(), params=params)
        row = run_fields(answer.run) | ({"note": answer.note} if answer.note else {})
        return as_json(row) if options["json"] else as_sheet(row)


class Delete(Verb):
    name, help = "delete", "Delete a run that is over, with its attempts and logs, for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--reason", default="", help="why, for the audit")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        run = find_run(options["run"], actor=actor())
        delete_run(run, actor=actor(), reason=options["reason"], now=now())
        row = {"id": str(run.pk), "job_name": run.job.name, "result": "deleted"}
        return as_json(row) if options["json"] else as_sheet(row)


def _cancel_one(run_id: str) -> dict[str, Any]:
    run = cancel_run(find_run(run_id, actor=actor()), actor=actor(), now=now())
    requested = run.state == RunState.RUNNING
    return run_fields(run) | ({"note": "cancel requested; it ends when its worker has stopped it"} if requested else {})


def _cancel_job(name: str) -> dict[str, Any]:
    job = find_job(name, actor=actor())
    return {"job_name": job.name} | asdict(cancel_runs(job, actor=actor(), now=now()))
