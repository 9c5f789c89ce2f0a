"""``manage.py seed_demo``: a company's jobs with a past, for looking at the console."""

from __future__ import annotations

import random
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from jobs.demo.seed import seed
from jobs.management.cli.progress import Progress
from jobs.management.plain import PlainCommand

BOUNDS = {"days": (1, 365), "runs": (1, 10_000)}


class Command(PlainCommand):
    help = (
        "Write the jobs of a made-up company, with a history of runs. Jobs that are there "
        "already are left alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How much of it, and whose dice."""
        parser.add_argument("--days", type=int, default=30, help="how far back the history goes")
        parser.add_argument(
            "--runs", type=int, default=300, help="how many runs a job has at the most"
        )
        parser.add_argument(
            "--seed", type=int, default=1, help="the same dice make the same history"
        )

    def handle(self, *args: Any, **options: Any) -> str:
        """Write them and say how many."""
        for name, (least, most) in BOUNDS.items():
            if not least <= options[name] <= most:
                raise CommandError(f"{name}: must be a number from {least:,} to {most:,}")
        dice = random.Random(options["seed"])
        with Progress("seeding"):
            done = seed(
                days=options["days"], runs_per_job=options["runs"], now=timezone.now(), dice=dice
            )
        return f"{done.jobs:,} jobs with {done.runs:,} runs"
