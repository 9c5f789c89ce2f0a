"""How long one look of the roll-up takes.

``bin/bench rollups [sqlite|postgresql] [jobs] [runs of history]``

It brings a database of its own, and prints one line per number of newly finished runs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from tests.support.bench import choose_database, set_up

BATCH = 2_000
SIZES = (0, 100, 5_000, 20_000)


def main(database: str = "sqlite", jobs: str = "1000", history: str = "50000") -> None:
    choose_database(database)
    set_up()
    _measure(int(jobs), int(history))


def _measure(number: int, history: int) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from jobs.maintenance.rollups import RollUps  # noqa: PLC0415
    from jobs.models import Run  # noqa: PLC0415
    from tests.support.builders import make_job  # noqa: PLC0415

    now, jobs = timezone.now(), [make_job() for _ in range(number)]
    _store(jobs, history, now, rolled_up=True)
    for size in SIZES:
        _store(jobs, size, now, rolled_up=False)
        looks: list[float] = []
        began = time.perf_counter()
        while not looks or Run.objects.to_roll_up().exists():
            look = time.perf_counter()
            RollUps().run_once(now=now)
            looks.append(time.perf_counter() - look)
        total = time.perf_counter() - began
        print(
            f"{size:>7,} newly finished: {total:7.3f} s in {len(looks)} looks, the longest "
            f"{max(looks):.3f} s"
        )


def _store(jobs: list[Any], number: int, now: datetime, *, rolled_up: bool) -> None:
    from jobs.models import Run  # noqa: PLC0415

    runs = _runs(jobs, number, now, rolled_up=rolled_up)
    while some := list(islice(runs, BATCH)):
        Run.objects.bulk_create(some)


def _runs(jobs: list[Any], number: int, now: datetime, *, rolled_up: bool) -> Iterator[Any]:
    from jobs.dispatch.occurrences import make_run  # noqa: PLC0415
    from jobs.models import RunState, Trigger  # noqa: PLC0415

    for count in range(number):
        run = make_run(
            jobs[count % len(jobs)],
            now,
            now=now,
            trigger=Trigger.MANUAL,
            key=f"m:{rolled_up}:{number}:{count}",
        )
        run.state = RunState.FAILED if count % 10 == 0 else RunState.SUCCEEDED
        run.finished_at = now - timedelta(milliseconds=count % 120_000)
        run.started_at = run.finished_at - timedelta(seconds=1)
        run.available_at, run.attempt, run.rolled_up = run.started_at, 1, rolled_up
        yield run


if __name__ == "__main__":
    main(*sys.argv[1:])
