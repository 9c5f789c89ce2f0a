"""What the start and the end of a run cost a pool child: its claim, its success, its failure.

``bin/bench claims [sqlite|postgresql] [runs]``

It brings a database of its own, and prints medians and fifth percentiles. A failure takes the
longer way, which locks and reads the run.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from statistics import median, quantiles
from typing import TYPE_CHECKING

from tests.support.bench import choose_database, set_up

if TYPE_CHECKING:
    from jobs.lifecycle.message import Message

HERE = "worker@here"


def main(database: str = "sqlite", runs: str = "500") -> None:
    choose_database(database)
    set_up()
    _measure(int(runs))


def _measure(runs: int) -> None:
    from celery import states  # noqa: PLC0415

    from jobs.lifecycle.claim import claim  # noqa: PLC0415
    from jobs.lifecycle.finish import finish  # noqa: PLC0415
    from jobs.lifecycle.outcome import Ending, Outcome  # noqa: PLC0415

    good = Outcome(Ending.SUCCEEDED, states.SUCCESS, result="1")
    bad = Outcome(Ending.FAILED, states.FAILURE, error="ValueError: no", traceback="Traceback")
    took: dict[str, list[float]] = {"claim": [], "success": [], "failure": []}
    for number, message in enumerate(_published(2 * runs)):
        began = time.perf_counter()
        claimed = claim(message)
        claimed_at = time.perf_counter()
        finish(message, bad if number % 2 else good, claimed=claimed)
        took["failure" if number % 2 else "success"].append(time.perf_counter() - claimed_at)
        took["claim"].append(claimed_at - began)
    for what, seconds in took.items():
        fifth = quantiles(seconds, n=20)[0]
        print(f"{what:<8} {median(seconds) * 1000:8.3f} ms, p5 {fifth * 1000:8.3f} ms")


def _published(number: int) -> list[Message]:
    from django.utils import timezone  # noqa: PLC0415

    from jobs.lifecycle.message import Message  # noqa: PLC0415
    from jobs.models import Run  # noqa: PLC0415
    from tests.support.builders import make_job, make_run  # noqa: PLC0415

    job, due = make_job(), timezone.now() - timedelta(seconds=1)
    runs = [make_run(job, available_at=due) for _ in range(number)]
    Run.objects.update(published_at=due, publish_count=1)
    return [Message(run.pk, 1, HERE, run.task, job.name) for run in runs]


if __name__ == "__main__":
    main(*sys.argv[1:])
