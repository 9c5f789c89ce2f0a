"""Runs by the hundred thousand, written by the database itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from jobs.models import Job, Run
from tests.support.builders import make_job

SERIES = {
    "postgresql": "SELECT g FROM generate_series(0, %s) g",
    "sqlite": "WITH RECURSIVE s(g) AS (SELECT 0 UNION ALL SELECT g + 1 FROM s WHERE g < %s)"
    " SELECT g FROM s",
}
# The id of a run that is made at a moment in milliseconds; the rest tells the runs apart.
IDS = {
    "postgresql": "(lpad(to_hex(%s::bigint + g * 100), 12, '0') || '7' || lpad(to_hex(g), 19, '0'))"
    "::uuid",
    "sqlite": "printf('%%012x', %s + g * 100) || '7' || printf('%%019x', g)",
}


def make_many_runs(number: int, until: datetime | None = None) -> list[Job]:
    """So many runs, ten a second up to ``until``, of four jobs on two queues and three workers.

    One in 1,009 failed with one of two errors, and one in 5,003 took longer than an hour.
    """
    until = until or timezone.now()
    jobs = [
        make_job(name=name, queue=queue)
        for name, queue in [("a", "default"), ("b", "default"), ("c", "reports"), ("d", "reports")]
    ]
    first = int(until.timestamp() * 1000) - number * 100
    values = _values(jobs, until)
    names = ", ".join(f'"{name}"' for name in values)
    chosen = ", ".join(values.values())
    key = IDS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO beatwright_run (id, {names}) SELECT {key}, {chosen}"
            f" FROM ({SERIES[connection.vendor]}) series",
            [first, number - 1],
        )
        cursor.execute("ANALYZE")
    return jobs


def _values(jobs: list[Job], until: datetime) -> dict[str, str]:
    def text(moment: datetime) -> str:
        return str(connection.ops.adapt_datetimefield_value(moment)).join("''")

    start = until - timedelta(hours=3)
    ids = [str(job.pk) if connection.vendor == "postgresql" else job.pk.hex for job in jobs]
    kind = "::uuid" if connection.vendor == "postgresql" else ""
    job = " ".join(f"WHEN {number} THEN '{pk}'{kind}" for number, pk in enumerate(ids))
    failed = "g %% 1009 = 0"
    long = text(start + timedelta(hours=2))
    moment = "::timestamptz" if connection.vendor == "postgresql" else ""
    values: dict[str, str] = {
        str(field.column): _literal(field.get_db_prep_save(field.get_default(), connection))
        for field in Run._meta.concrete_fields
        if field.column != "id"
    }
    return {name: value for name, value in values.items() if value != "NULL"} | {
        "job_id": f"CASE g %% 4 {job} END",
        "occurrence_key": "CAST(g AS text)",
        "scheduled_for": text(start) + moment, "available_at": text(start) + moment,
        "rank_at": text(start) + moment, "created_at": text(start) + moment,
        "started_at": text(start) + moment,
        "finished_at": f"CASE WHEN g %% 5003 = 0 THEN {long} ELSE {text(start)} END{moment}"
        if not moment
        else f"(CASE WHEN g %% 5003 = 0 THEN {long} ELSE {text(start)} END){moment}",
        "state": f"CASE WHEN {failed} THEN 'failed' ELSE 'succeeded' END",
        "trigger": "CASE WHEN g %% 997 = 0 THEN 'api' ELSE 'schedule' END",
        "queue": "CASE WHEN g %% 4 < 2 THEN 'default' ELSE 'reports' END",
        "worker": "'w' || CAST(g %% 3 AS text)",
        "task": "'EchoTask'",
        "error": f"CASE WHEN {failed} THEN 'TimeoutError: db' || CAST(g %% 2 AS text) ELSE '' END",
        "fingerprint": f"CASE WHEN {failed} THEN CASE g %% 2 WHEN 0 THEN '{'a' * 40}'"
        f" ELSE '{'b' * 40}' END ELSE '' END",
        "attempt": "1",
        "rolled_up": "true",
    }  # fmt: skip


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    text = getattr(value, "dumps", None)
    plain = text(value.obj) if text else value
    if isinstance(plain, bytes):
        plain = plain.decode()
    return str(plain) if isinstance(plain, int) else f"'{plain}'"
