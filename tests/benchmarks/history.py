"""How long `doctor --history` takes for many runs, and how much memory.

``bin/bench history [sqlite|postgresql] [runs] [jobs]``

It writes a sound history with bulk inserts into a database of its own (a tenth of the jobs exclusive, a tenth in a
pool), runs the command on it as a process of its own, and prints its time and its peak memory.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from tests.support.bench import choose_database, set_up
from tests.support.processes import BASE_DIR, PYTHON

BATCH = 5_000
EVERY = timedelta(minutes=30)


def main(database: str = "sqlite", runs: str = "1000000", jobs: str = "1000") -> None:
    choose_database(database)
    set_up()
    began = time.perf_counter()
    _store(int(runs), int(jobs))
    print(f"{int(runs):,} runs of {int(jobs):,} jobs written in {time.perf_counter() - began:.0f} s")  # noqa: T201
    for words in ((), ("--since", "24h")):
        _measure(*words)


def _measure(*words: str) -> None:
    began = time.perf_counter()
    command = [PYTHON, "manage.py", "doctor", "--history", *words]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=False, env=os.environ)
    took, peak = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"doctor --history {' '.join(words)}: {took:.1f} s, at most {peak:.0f} MB, exit {done.returncode}")  # noqa: T201
    print("\n".join(f"  {line}" for line in (done.stdout + done.stderr).splitlines()[:5]))  # noqa: T201


def _store(runs: int, number: int) -> None:
    from django_celery_results.models import TaskResult  # noqa: PLC0415

    from jobs.models import JobState, Run  # noqa: PLC0415

    now = datetime.now().astimezone().replace(second=0, microsecond=0)
    last = now - timedelta(minutes=now.minute % 30)
    first = last - EVERY * (runs // number - 1)
    jobs = _jobs(number, first - EVERY)
    JobState.objects.update(anchor=first - EVERY, last_scheduled_for=last, next_run_at=last + EVERY)
    pairs = _pairs(jobs, first, last)
    while some := list(islice(pairs, BATCH)):
        Run.objects.bulk_create([run for run, _ in some])
        TaskResult.objects.bulk_create([attempt for _, attempt in some])
    _own_times()


def _own_times() -> None:
    """The attempts' times are their runs': the fields of these results set their own when they are inserted."""
    from django.db.models import F  # noqa: PLC0415
    from django_celery_results.models import TaskResult  # noqa: PLC0415

    TaskResult.objects.update(date_created=F("date_started"), date_done=F("date_started") + timedelta(seconds=5))


def _jobs(number: int, made: datetime) -> list[Any]:
    from django.utils import timezone  # noqa: PLC0415

    from jobs.models import Job, Pool  # noqa: PLC0415
    from tests.support.builders import make_job  # noqa: PLC0415

    Pool.objects.create(name="db", slots=1000, created_at=made, updated_at=timezone.now())
    kinds = {0: {"overlap_policy": "queue"}, 1: {"pool": "db"}}
    jobs = [
        make_job(schedule="*/30 * * * *", created_at=made, max_retries=1, **kinds.get(n % 10, {}))
        for n in range(number)
    ]
    Job.objects.update(updated_at=made)
    return jobs


def _pairs(jobs: list[Any], first: datetime, last: datetime) -> Iterator[tuple[Any, Any]]:
    moment = first
    while moment <= last:
        yield from (_pair(job, moment, number) for number, job in enumerate(jobs))
        moment += EVERY


def _pair(job: Any, moment: datetime, number: int) -> tuple[Any, Any]:
    from django_celery_results.models import TaskResult  # noqa: PLC0415

    from jobs.dispatch.occurrences import make_run  # noqa: PLC0415
    from jobs.models import RunState  # noqa: PLC0415

    run = make_run(job, moment, now=moment)
    run.state, run.attempt, run.publish_count = RunState.SUCCEEDED, 1, 1
    run.exclusive = job.overlap_policy != "allow"
    run.started_at = moment + timedelta(milliseconds=number)
    run.finished_at = run.started_at + timedelta(seconds=5)
    meta = json.dumps({"run": str(run.pk), "attempt": 1, "outcome": "succeeded", "children": []})
    attempt = TaskResult(
        task_id=run.message_id, task_name=run.task, status="SUCCESS", date_started=run.started_at, meta=meta,
        content_type="application/json", content_encoding="utf-8", worker="celery@w1",
    )  # fmt: skip
    return run, attempt


if __name__ == "__main__":
    main(*sys.argv[1:])
