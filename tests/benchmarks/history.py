"""How long `doctor --history` takes for many runs, and how much memory.

``bin/bench history [sqlite|postgresql] [runs] [jobs]``

It writes a sound history into a database of its own (a tenth of the jobs exclusive, a tenth in a
pool), runs the command on it as a process of its own, and prints its time and its peak memory.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from tests.support.bench import choose_database, set_up
from tests.support.processes import BASE_DIR, PYTHON

EVERY = timedelta(minutes=30)
MOMENTS = (
    "scheduled_for",
    "created_at",
    "available_at",
    "rank_at",
    "published_at",
    "started_at",
    "finished_at",
)
# The first run of each job again, ``k`` times half an hour later: {c} is a column, {k} the number.
SQL = {
    "sqlite": {
        "numbers": "WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < "
        "{last})",
        "later": "strftime('%Y-%m-%d %H:%M:%f', {c}, (n.k * 1800) || ' seconds')",
        "key": "strftime('s:%Y-%m-%dT%H:%M:%SZ', scheduled_for, (n.k * 1800) || ' seconds')",
        "id": "printf('%012x', (strftime('%s', created_at) + n.k * 1800) * 1000) || substr(id, 13)",
        "uuid": "substr(id, 1, 8) || '-' || substr(id, 9, 4) || '-' || substr(id, 13, 4) || "
        "'-' || substr(id, 17, 4)"
        " || '-' || substr(id, 21)",
    },
    "postgresql": {
        "numbers": "WITH n(k) AS (SELECT generate_series(1, {last}))",
        "later": "{c} + n.k * interval '30 minutes'",
        "key": "to_char((scheduled_for + n.k * interval '30 minutes') AT TIME ZONE 'UTC',"
        ' \'"s:"YYYY-MM-DD"T"HH24:MI:SS"Z"\')',
        "id": "(lpad(to_hex((extract(epoch FROM created_at)::bigint + n.k * 1800) * 1000), 12, '0')"
        " || substr(replace(id::text, '-', ''), 13))::uuid",
        "uuid": "id::text",
    },
}
RESULT = "django_celery_results_taskresult"


def main(database: str = "sqlite", runs: str = "1000000", jobs: str = "1000") -> None:
    choose_database(database)
    set_up()
    began = time.perf_counter()
    _store(int(runs), int(jobs))
    print(
        f"{int(runs):,} runs of {int(jobs):,} jobs written in {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    for words in ((), ("--since", "24h")):
        _measure(*words)


def _measure(*words: str) -> None:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [PYTHON, "manage.py", "doctor", "--history", *words]
    done = subprocess.run(
        command, cwd=BASE_DIR, capture_output=True, text=True, check=False, env=os.environ
    )
    took, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu, peak = (
        used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime,
        used.ru_maxrss / 1024,
    )
    told = (
        f"{' '.join(['doctor --history', *words])}: {took:.1f} s ({cpu:.1f} s of its own on "
        "the processor)"
    )
    print(f"{told}, at most {peak:.0f} MB, exit {done.returncode}", flush=True)
    print(
        "\n".join(f"  {line}" for line in (done.stdout + done.stderr).splitlines()[:5]), flush=True
    )


def _store(runs: int, number: int) -> None:
    from jobs.models import JobState, Run  # noqa: PLC0415

    now = datetime.now().astimezone().replace(second=0, microsecond=0)
    last = now - timedelta(minutes=now.minute % 30)
    first = last - EVERY * (runs // number - 1)
    jobs = _jobs(number, first - EVERY)
    JobState.objects.update(anchor=first - EVERY, last_scheduled_for=last, next_run_at=last + EVERY)
    Run.objects.bulk_create(_first_run(job, first, place) for place, job in enumerate(jobs))
    _repeat(runs // number - 1)


def _jobs(number: int, made: datetime) -> list[Any]:
    from jobs.models import Job, Pool  # noqa: PLC0415
    from tests.support.builders import make_job  # noqa: PLC0415

    Pool.objects.create(name="db", slots=1000, created_at=made, updated_at=made)
    kinds = {0: {"overlap_policy": "queue"}, 1: {"pool": "db"}}
    common: dict[str, Any] = {"schedule": "*/30 * * * *", "created_at": made, "max_retries": 1}
    jobs = [make_job(**common, **kinds.get(place % 10, {})) for place in range(number)]
    Job.objects.update(updated_at=made)
    return jobs


def _first_run(job: Any, moment: datetime, place: int) -> Any:
    from jobs.dispatch.occurrences import make_run  # noqa: PLC0415
    from jobs.models import RunState  # noqa: PLC0415

    run = make_run(job, moment, now=moment)
    run.state, run.attempt, run.publish_count = RunState.SUCCEEDED, 1, 1
    run.exclusive = job.overlap_policy != "allow"
    run.published_at = moment
    run.started_at = moment + timedelta(milliseconds=place)
    run.finished_at = run.started_at + timedelta(seconds=5)
    return run


def _repeat(times: int) -> None:
    """The runs by one statement, in the order of their moments, and an attempt for each by
    another.
    """
    from django.db import connection  # noqa: PLC0415

    from jobs.models import Run  # noqa: PLC0415

    sql = SQL[connection.vendor]
    columns = [str(field.column) for field in Run._meta.concrete_fields]
    changed = {
        "id": sql["id"],
        "occurrence_key": sql["key"],
        **{c: sql["later"].replace("{c}", c) for c in MOMENTS},
    }
    values = ", ".join(changed.get(column, column) for column in columns)
    meta = f'\'{{"run": "\' || {sql["uuid"]} || \'", "attempt": 1, "outcome": "succeeded"}}\''
    with connection.cursor() as cursor:
        numbers = sql["numbers"].replace("{last}", str(times))
        into = f"INSERT INTO beatwright_run ({', '.join(columns)})"
        cursor.execute(
            f"{into} {numbers} SELECT {values} FROM n CROSS JOIN beatwright_run r ORDER BY "
            "n.k, r.id"
        )
        cursor.execute(
            f"INSERT INTO {RESULT} (task_id, status, content_type, content_encoding, meta, "
            "worker, task_name,"
            " date_created, date_started, date_done)"
            f" SELECT {sql['uuid']} || '.1', 'SUCCESS', 'application/json', 'utf-8', {meta}, "
            "'celery@w1', task,"
            " started_at, started_at, finished_at FROM beatwright_run ORDER BY started_at, id"
        )
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main(*sys.argv[1:])
