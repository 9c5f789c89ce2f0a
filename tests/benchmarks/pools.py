"""How long one look of the scheduler takes while runs wait for a full pool.

``bin/bench pools [sqlite|postgresql] [runs that wait]``

It brings a database of its own, and prints the median of 50 looks with 20 runs waiting and with all
of them.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from statistics import median
from typing import Any

from tests.support.bench import choose_database, set_up

FEW, LOOKS, BATCH = 20, 50, 2_000


def main(database: str = "sqlite", waiting: str = "100000") -> None:
    choose_database(database)
    set_up()
    _measure(int(waiting))


def _measure(waiting: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from jobs.dispatch.publish import publish_ready  # noqa: PLC0415
    from tests.support.builders import make_job, make_pool, make_run  # noqa: PLC0415

    now = timezone.now()
    make_pool("full", slots=1)
    job = make_job(pool="full")
    make_run(job, state="running", started_at=now, attempt=1)
    there = 0
    for number in (FEW, waiting):
        _store(job, there, number, now)
        there = number
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        looks = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            assert publish_ready(now=now) == 0
            looks.append(time.perf_counter() - began)
        print(f"{number:>9,} waiting: {median(looks) * 1000:6.1f} ms a look")


def _store(job: Any, there: int, number: int, now: datetime) -> None:
    from jobs.dispatch.occurrences import make_run  # noqa: PLC0415
    from jobs.models import Run, Trigger  # noqa: PLC0415

    for start in range(there, number, BATCH):
        keys = range(start, min(start + BATCH, number))
        runs = [make_run(job, now, now=now, trigger=Trigger.MANUAL, key=f"m:{key}") for key in keys]
        Run.objects.bulk_create(runs)


if __name__ == "__main__":
    main(*sys.argv[1:])
