"""``manage.py queue``: what waits where, and pausing it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from jobs.management.cli.output import Row, as_table
from jobs.management.cli.reading import pausing
from jobs.management.cli.verbs import Options, Verb
from jobs.management.client import Client, in_path
from jobs.queries.paging import capped


class ListQueues(Verb):
    name, help = (
        "list",
        "List the queues: how many runs wait, how many have a message, and who paused it.",
    )
    json_help = "print JSON; a count of 1001 means more than 1000"
    columns = (
        "name",
        "waiting",
        "published",
        "paused_at",
        "paused_by",
        "paused_until",
        "paused_reason",
    )

    def ask(self, api: Client, options: Options) -> Any:
        return api.results("queues/")

    def text(self, answer: Any) -> str:
        return as_table(map(_shown, answer), self.columns)


class PauseOneQueue(Verb):
    name, help = (
        "pause",
        "Let the runs of a queue wait in the database; those that have a message still run.",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", metavar="NAME", help="the queue's name")
        parser.add_argument("--reason", default="", help="why, for those who find it paused")
        parser.add_argument("--until", help="resume by itself at this ISO 8601 moment")

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"queues/{in_path(options['queue'])}/pause/", pausing(options))


class ResumeOneQueue(Verb):
    name, help = "resume", "Send the runs of a paused queue again, best rank first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", metavar="NAME", help="the queue's name")

    def ask(self, api: Client, options: Options) -> Any:
        return api.post(f"queues/{in_path(options['queue'])}/resume/")


def _shown(row: Row) -> Row:
    return row | {count: capped(row[count]) for count in ("waiting", "published")}
