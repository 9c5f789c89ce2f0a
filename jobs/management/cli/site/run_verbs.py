"""``run cancel``, ``run rerun`` and ``run delete``: the verbs that steer runs."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.errors import DomainError
from jobs.management.cli.job.job_verbs import noted
from jobs.management.cli.job.listings import run_path
from jobs.management.cli.output import Row
from jobs.management.cli.reading import read_params
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client
from jobs.models import RunState

REQUESTED = {"note": "cancel requested; it ends when its worker has stopped it"}


class CancelOneRun(Verb):
    name, help = (
        "cancel",
        "Cancel a run: one that waits at once, a running one as soon as it can be stopped.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", nargs="?", metavar="ID", help="the run's id")
        parser.add_argument(
            "--job",
            default="",
            metavar="NAME",
            help="instead: all runs of this job that are not over",
        )

    def ask(self, api: Client, options: Options) -> Any:
        if bool(options["run"]) == bool(options["job"]):
            raise DomainError("the id of a run, or --job, is needed", field="run")
        if options["job"]:
            return api.post(f"jobs/{api.job_id(options['job'])}/cancel-runs/")
        row = noted(api.post(f"{run_path(options)}cancel/"))
        return row | (REQUESTED if row["state"] == RunState.RUNNING else {})


class RepeatRun(Verb):
    name, help = "rerun", "Run a run's job again, now, with the params that run had."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--params", help="params instead of its own, a JSON object")

    def ask(self, api: Client, options: Options) -> Any:
        params = read_params(options["params"])
        return noted(
            api.post(f"{run_path(options)}rerun/", {} if params is None else {"params": params})
        )


class DeleteRun(Verb):
    name, help = "delete", "Delete a run that is over, with its attempts and logs, for good."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="ID", help="the run's id")
        parser.add_argument("--reason", default="", help="why, for the audit")

    def ask(self, api: Client, options: Options) -> Any:
        row: Row = api.get(run_path(options), fields="id,job_name")
        api.delete(run_path(options), reason=options["reason"])
        return row | {"result": "deleted"}
