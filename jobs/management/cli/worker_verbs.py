"""``manage.py worker``: who is there to work."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils.timezone import now

from jobs.management.cli.output import as_json, as_table
from jobs.management.cli.verbs import Verb
from jobs.queries.fields import json_fields
from jobs.queries.workers import live_workers

COLUMNS = ("name", "host", "queues", "busy", "concurrency", "started_at", "heartbeat_at")


class List(Verb):
    name, help = "list", "List the workers that live: heard of within the last minute, and not stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON, with the tasks that each of them knows")

    def run(self, options: dict[str, Any]) -> str:
        workers = live_workers(now=now()).workers
        rows = [json_fields({name: getattr(each, name) for name in (*COLUMNS, "pid", "tasks")}) for each in workers]
        return as_json(rows) if options["json"] else as_table(rows, COLUMNS)
