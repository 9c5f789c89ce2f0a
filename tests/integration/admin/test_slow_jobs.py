"""Slow and changing jobs in the list, and a failed run beside the last success."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.models import Job, JobHealth, Run, RunState
from jobs.queries.jobs import listing
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.jobs.listing import found_jobs, page_of_found
from tests.support.builders import make_attempt, make_job, make_log, make_run
from tests.support.plans import plan_of

JOBS = "/admin/beatwright/job/"
ORDERS = {"-p95": "p95_ms", "-duration": "last_duration_ms", "-failures": "consecutive_failures",
          "-change": "change_percent"}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_the_list_is_sorted_by_what_takes_long_or_fails_page_by_page(
    boss: Client, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    for number in (3, 1, 5, 2, 4):
        job = make_job(name=f"takes-{number}")
        JobHealth.objects.filter(job=job).update(**{ORDERS[order]: number})
    if order != "-failures":  # of which every job has a number
        make_job(name="never measured")
    names, query = list[str](), f"?order={order}"
    for _ in range(5):
        context = boss.get(JOBS + query).context
        names += [row.name for row in context["rows"]]
        if not (query := context["pager"].next):
            break
    assert names == [f"takes-{number}" for number in (5, 4, 3, 2, 1)]


@pytest.mark.parametrize("order", ORDERS)
def test_an_index_gives_the_order(db: None, order: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite may sort: its tables are small")
    make_job()
    found = found_jobs(JobFilter(), actor=SYSTEM)
    jobs = Job.objects.filter(**{f"{listing.fields_of(order)[0]}__isnull": False})
    page = jobs.select_related("state", "health").order_by(
        *(f"-{field}" for field in listing.fields_of(order))
    )
    assert found.count == 1
    assert page_of_found(found, order).rows in ([], [found.jobs.get()])
    plan = plan_of(page[:51])
    assert "Sort" not in plan, plan


def test_a_job_that_is_slower_than_before_says_so(boss: Client) -> None:
    slower, quicker, same = (make_job(name=name) for name in ("slower", "quicker", "same"))
    for job, change in ((slower, 18), (quicker, -31), (same, 4)):
        JobHealth.objects.filter(job=job).update(change_percent=change)
    rows = {row.name: row.change for row in boss.get(JOBS).context["rows"]}
    assert (rows["slower"].text, rows["slower"].tone) == ("+18 %", "warn")
    assert (rows["quicker"].text, rows["quicker"].tone) == ("-31 %", "good")
    assert rows["same"] is None


def failed_after_success(**fields: Any) -> tuple[Run, Run]:
    now = timezone.now()
    job = make_job(name="nightly")
    began = now - timedelta(hours=1)
    old = {"day": 1, "password": "0ld-secret"}
    good = make_run(
        job, state=RunState.SUCCEEDED, attempt=1, publish_count=1, worker="w1@here",
        started_at=began, finished_at=began + timedelta(seconds=4), params=old,
    )  # fmt: skip
    bad = make_run(
        job, state=RunState.FAILED, attempt=1, started_at=now - timedelta(seconds=90),
        finished_at=now, worker="w2@here", job_version=2, error="Oops: db2",
        params={"day": 2, "password": "n3w-secret"}, **fields,
    )  # fmt: skip
    make_attempt(good, 1, "succeeded", result='{"rows": 7}')
    make_log(good, "all is well\n")
    make_log(bad, "nothing is well\n")
    return good, bad


def test_a_failed_run_is_compared_with_the_last_success(boss: Client) -> None:
    good, bad = failed_after_success()
    make_run(good.job, state=RunState.SUCCEEDED, finished_at=timezone.now())  # only after it
    assert (
        "Compare with last success" in boss.get(f"/admin/beatwright/run/{bad.pk}/").content.decode()
    )
    answer = boss.get(f"/admin/beatwright/run/{bad.pk}/compare/")
    html, context = answer.content.decode(), answer.context
    assert context["before"].pk == good.pk
    facts = {row.label: (row.one, row.other, row.differs) for row in context["facts"]}
    assert facts["Took"] == ("1 min 30 s", "4 s", True)
    assert facts["Worker"] == ("w2@here", "w1@here", True)
    assert facts["Job version"] == ("2", "1", True)
    assert facts["Queue"] == ("default", "default", False)
    params = {row.label: (row.one, row.other) for row in context["params"]}
    assert params["day"] == ("2", "1")
    for text in ("all is well", "nothing is well", "Oops: db2", "rows"):
        assert text in html
    assert "0ld-secret" not in html
    assert "n3w-secret" not in html


def test_without_a_success_the_page_says_so(boss: Client) -> None:
    run = make_run(state=RunState.FAILED, finished_at=timezone.now())
    html = boss.get(f"/admin/beatwright/run/{run.pk}/compare/").content.decode()
    assert "No success to compare with" in html


def test_the_comparison_costs_a_fixed_number_of_queries(
    boss: Client, django_assert_max_num_queries: Any
) -> None:
    _, bad = failed_after_success()
    with django_assert_max_num_queries(10):
        boss.get(f"/admin/beatwright/run/{bad.pk}/compare/")
