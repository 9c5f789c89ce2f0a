"""Slower or quicker than before: what is compared, when, and with how many runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jobs.maintenance.rollups import Changes, RollUps
from jobs.maintenance.rollups import changes as module
from jobs.models import Job, JobDay, JobHealth, TaskDay
from jobs.models.stats.rollups import ENOUGH, MONTH_DAYS
from tests.support.builders import make_job, make_run

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def count_runs_of(job: Job, days_ago: int, number: int, seconds: int) -> None:
    """So many runs of that length on that day."""
    day = JobDay(job=job, day=NOW.date() - timedelta(days=days_ago))
    for _ in range(number):
        day.count("succeeded", attempts=1)
        day.time(wait_ms=0, duration_ms=seconds * 1_000, is_late=False)
    day.save()


def compared(job: Job) -> int | None:
    Changes().run_once(now=NOW)
    return JobHealth.objects.get(pk=job.pk).change_percent


def test_the_last_thirty_days_are_compared_with_the_thirty_before() -> None:
    job = make_job()
    count_runs_of(job, 2 * MONTH_DAYS, ENOUGH, 100)
    count_runs_of(job, MONTH_DAYS, ENOUGH, 150)
    change = compared(job)
    assert change is not None
    assert abs(change - 50) <= 10  # a percentile of a histogram is within a tenth


def test_today_and_what_is_older_than_sixty_days_are_left_out() -> None:
    job = make_job()
    count_runs_of(job, 2 * MONTH_DAYS + 1, 10 * ENOUGH, 1)
    count_runs_of(job, 2 * MONTH_DAYS, ENOUGH, 100)
    count_runs_of(job, 1, ENOUGH, 100)
    count_runs_of(job, 0, 10 * ENOUGH, 900)
    assert compared(job) == 0


@pytest.mark.parametrize(
    ("earlier", "recent"), [(ENOUGH - 1, ENOUGH), (ENOUGH, ENOUGH - 1), (0, 0)]
)
def test_of_too_few_runs_nothing_is_said(earlier: int, recent: int) -> None:
    job = make_job()
    count_runs_of(job, 40, earlier, 100)
    count_runs_of(job, 3, recent, 900)
    assert compared(job) is None


def test_each_job_is_compared_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    for _ in range(3):
        make_job()
    found = [Changes().run_once(now=NOW)["jobs compared"] for _ in range(3)]
    assert found == [2, 1, 0]
    tomorrow = NOW + timedelta(days=1)
    assert Changes().run_once(now=tomorrow) == {"jobs compared": 2}


def test_what_ended_is_counted_for_its_task_and_day() -> None:
    for seconds in (1, 3):
        make_run(
            state="succeeded",
            available_at=NOW,
            started_at=NOW,
            finished_at=NOW + timedelta(seconds=seconds),
        )
    RollUps().run_once(now=NOW + timedelta(minutes=1))
    day = TaskDay.objects.get(task="EchoTask")
    assert (day.day, day.succeeded, day.duration_ms) == (NOW.date(), 2, 4_000)


def test_where_nothing_is_due_one_query_says_so(django_assert_num_queries: object) -> None:
    make_job()
    Changes().run_once(now=NOW)
    with django_assert_num_queries(1):  # type: ignore[operator]
        Changes().run_once(now=NOW)
