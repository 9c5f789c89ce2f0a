"""``manage.py worker``: who is there to work, and sending one of them home."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.actions.workers import shut_down_worker
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.verbs import Verb
from jobs.models import Worker
from jobs.queries.fields import json_fields
from jobs.queries.workers import find_worker, live_workers

COLUMNS = ("name", "host", "queues", "busy", "stuck", "concurrency", "started_at", "heartbeat_at")
FIELDS = (
    *COLUMNS,
    "children_killed",
    "children_replaced",
    "junk_messages",
    "refused_messages",
    "refused_last",
    "pid",
    "tasks",
    "stop_requested_at",
    "stop_requested_by",
)


class List(Verb):
    name, help = "list", "List the workers that live: heard of within the last minute, and not stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON, with the tasks that each of them knows")

    def run(self, options: dict[str, Any]) -> str:
        workers = live_workers(now=now()).workers
        rows = [worker_fields(worker) for worker in workers]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)


class ShutDown(Verb):
    name, help = "shutdown", "Ask a worker to take nothing new, finish what it can in its grace time, and end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("worker", metavar="NAME", help="the worker's name, as `worker list` shows it")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        row = worker_fields(shut_down_worker(find_worker(options["worker"]), actor=actor(), now=now()))
        return as_json(row) if options["json"] else as_sheet(row)


def worker_fields(worker: Worker) -> dict[str, Any]:
    return json_fields({name: getattr(worker, name) for name in FIELDS})
