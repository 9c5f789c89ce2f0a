"""Finding runs: every filter and any two of them, on a table that is not small."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.models import Run
from jobs.params.run_words import read_bounds
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.listing import count_runs, runs_page
from tests.integration.queries.runs.world import make_many_runs

MANY = 200_000


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The filters by their names, over two hundred thousand runs."""
    with django_db_blocker.unblock():
        jobs = make_many_runs(MANY)
        since = timezone.now() - timedelta(hours=12)
        yield {
            "job_id": jobs[0].pk, "state": "failed", "queue": "reports", "trigger": "api",
            "worker": "w1", "error": "TimeoutError", "duration": read_bounds(">1h"),
            "search": "timeouterror: db1", "params": (("k", "v"),), "since": since,
        }  # fmt: skip
        Run.objects.all().delete()
        for job in jobs:
            job.delete()


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    found: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "beatwright_run" in sql:
            found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def plan_of_statement(sql: str, params: Any) -> str:
    word = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{word} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


NAMES = ("job_id", "state", "queue", "trigger", "worker", "error", "duration", "search", "params")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "names", [(), *((name,) for name in NAMES), *itertools.combinations(NAMES, 2)], ids="+".join
)
@pytest.mark.parametrize("window", [True, False], ids=["window", "all time"])
def test_no_filter_and_no_two_of_them_read_the_whole_table(
    many: dict[str, Any], names: tuple[str, ...], window: bool
) -> None:
    within = {"since": many["since"]} if window or "params" in names else {}
    wanted = RunFilter(**{name: many[name] for name in names}, **within)
    with statements() as asked:
        runs_page(wanted, actor=SYSTEM)
        count_runs(wanted, actor=SYSTEM)
    assert len(asked) <= 6
    for sql, params in asked:
        plan = plan_of_statement(sql, params)
        if connection.vendor == "postgresql":
            assert "Seq Scan on beatwright_run" not in plan, plan
        else:
            assert not re.search(r"SCAN beatwright_run(?! USING)", plan), plan
