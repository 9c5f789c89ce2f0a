"""``manage.py queue``: what waits where, and pausing it."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.utils.timezone import now

from jobs.actions.queues import pause_queue, resume_queue
from jobs.management.cli.job_verbs import actor
from jobs.management.cli.output import as_json, as_sheet, as_table
from jobs.management.cli.reading import read_moment
from jobs.management.cli.verbs import Verb
from jobs.models import Queue
from jobs.queries.fields import json_fields
from jobs.queries.paging import capped
from jobs.queries.queues import QueueLoad, queue_loads

COLUMNS = ("name", "waiting", "published", "paused_at", "paused_by", "paused_until", "paused_reason")


class List(Verb):
    name, help = "list", "List the queues: how many runs wait, how many have a message, and who paused it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON; a count of 1001 means more than 1000")

    def run(self, options: dict[str, Any]) -> str:
        loads = queue_loads(actor=actor())
        if options["json"]:
            return as_json([json_fields(asdict(load)) for load in loads])
        return as_table([_shown(load) for load in loads], COLUMNS)


class Pause(Verb):
    name, help = "pause", "Let the runs of a queue wait in the database; those that have a message still run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", metavar="NAME", help="the queue's name")
        parser.add_argument("--reason", default="", help="why, for those who find it paused")
        parser.add_argument("--until", help="resume by itself at this ISO 8601 moment")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        until = read_moment(options["until"], "paused_until")
        queue = pause_queue(options["queue"], actor=actor(), reason=options["reason"], until=until, now=now())
        return _queue(queue, options)


class Resume(Verb):
    name, help = "resume", "Send the runs of a paused queue again, best rank first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", metavar="NAME", help="the queue's name")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def run(self, options: dict[str, Any]) -> str:
        return _queue(resume_queue(options["queue"], actor=actor(), now=now()), options)


def _queue(queue: Queue, options: dict[str, Any]) -> str:
    row = json_fields({field.name: field.value_from_object(queue) for field in queue._meta.concrete_fields})
    return as_json(row) if options["json"] else as_sheet(row)


def _shown(load: QueueLoad) -> dict[str, Any]:
    counts = {"waiting": capped(load.waiting), "published": capped(load.published)}
    return json_fields(asdict(load)) | counts
