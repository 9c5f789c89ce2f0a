"""RedBeat, whose jobs are in Redis: ``celery -A redbeat_site beat``, or ``redbeat_site.py fill N
DUE``.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

from celery import Celery
from celery.schedules import schedule
from redbeat import RedBeatSchedulerEntry

app = Celery("peer", broker=os.environ["BROKER"])
app.conf.update(
    task_default_queue="default",
    beat_scheduler="redbeat.RedBeatScheduler",
    redbeat_redis_url=os.environ["BROKER"],
)


@app.task(name="noop")
def noop() -> None:
    """Nothing: only its message counts."""


def fill(number: int, due: datetime) -> None:
    """So many jobs of one day's interval, all next due at ``due``."""
    last = due - timedelta(days=1)
    for n in range(number):
        entry = RedBeatSchedulerEntry(
            f"job-{n}", "noop", schedule(timedelta(days=1), app=app), app=app
        )
        entry.last_run_at = last
        entry.save()


if __name__ == "__main__":
    fill(int(sys.argv[2]), datetime.fromtimestamp(float(sys.argv[3]), UTC))
