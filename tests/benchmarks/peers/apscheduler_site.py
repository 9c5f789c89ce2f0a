"""APScheduler with its jobs in PostgreSQL, each of which sends a Celery message: ``run``, or ``fill
N DUE``.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from celery import Celery

app = Celery("peer", broker=os.environ["BROKER"])
app.conf.update(task_default_queue="default")


@app.task(name="noop")
def noop() -> None:
    """Nothing: only its message counts."""


def send() -> None:
    noop.apply_async()


def store() -> dict[str, SQLAlchemyJobStore]:
    url = f"postgresql+psycopg://postgres@/{os.environ['PGDATABASE']}?host={os.environ['PGHOST']}"
    return {"default": SQLAlchemyJobStore(url=url)}


def fill(number: int, due: datetime) -> None:
    """So many jobs of one day's interval, all next due at ``due``."""
    writer = BackgroundScheduler(jobstores=store(), timezone=UTC)
    writer.start(paused=True)
    for n in range(number):
        job = {"id": f"job-{n}", "start_date": due, "misfire_grace_time": None}
        writer.add_job("apscheduler_site:send", "interval", days=1, **job)
    writer.shutdown()


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill(int(sys.argv[2]), datetime.fromtimestamp(float(sys.argv[3]), UTC))
    else:
        BlockingScheduler(jobstores=store(), timezone=UTC).start()
