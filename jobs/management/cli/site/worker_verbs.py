"""``manage.py worker``: who is there to work, and sending one of them home."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path


class ListWorkers(Verb):
    name, help = (
        "list",
        "List the workers that live: heard of within the last minute, and not stopped.",
    )
    json_help = "print JSON, with the tasks that each of them knows"
    columns = (
        "name",
        "host",
        "queues",
        "busy",
        "stuck",
        "concurrency",
        "started_at",
        "heartbeat_at",
    )

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("workers/")


class ShutDown(Verb):
    name, help = (
        "shutdown",
        "Ask a worker to take nothing new, finish what it can in its grace time, and end.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "worker", metavar="NAME", help="the worker's name, as `worker list` shows it"
        )

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"workers/{in_path(options['worker'])}/shutdown/")
