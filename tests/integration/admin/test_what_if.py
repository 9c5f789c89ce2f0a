"""What if: what a schedule would change, beside its preview."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.models import Job
from tests.support.builders import make_calendar, make_job, make_pool, make_run

PREVIEW = "/admin/_p/schedule/"


def sentences(client: Client, job: Job | None = None, **post: Any) -> list[str]:
    data = {"timezone": "UTC", "queue": "default"} | post
    answer = client.post(PREVIEW, data | ({"job": str(job.pk)} if job else {}))
    return [sentence for _, sentence in answer.context["if_saved"]]


def took(job: Job, *minutes: int) -> None:
    now = timezone.now()
    for number, length in enumerate(minutes):
        began = now - timedelta(days=number + 1)
        make_run(
            job,
            state="succeeded",
            scheduled_for=began,
            started_at=began,
            finished_at=began + timedelta(minutes=length),
        )


def days_of_next_month() -> int:
    first = (timezone.now().replace(day=1) + timedelta(days=32)).replace(day=1)
    return ((first + timedelta(days=32)).replace(day=1) - first).days


def test_how_often_it_starts_next_month_stands_beside_the_saved_schedule(boss: Client) -> None:
    job = make_job(schedule="0 2,14 * * *")
    days = days_of_next_month()
    [month, *_] = sentences(boss, job, schedule="0 2 * * *")
    assert month.startswith(f"{days} starts in ")
    assert month.endswith(f", {2 * days} with the saved schedule")
    [month, *_] = sentences(boss, job, schedule="0 2,14 * * *")
    assert "saved" not in month


def test_a_schedule_that_starts_all_the_time_is_not_counted_to_its_end(boss: Client) -> None:
    assert sentences(boss, schedule="* * * * *")[0].startswith("more than 5,000 starts in ")


def test_runs_longer_than_the_time_between_two_starts_would_have_overlapped(boss: Client) -> None:
    job = make_job(schedule="0 2 * * *")
    took(job, 5, 20, 70, 90)
    told = "of its last 4 runs took longer than the time to the next start"
    assert f"0 {told}" in sentences(boss, job, schedule="0 */2 * * *")
    assert f"2 {told}" in sentences(boss, job, schedule="0 * * * *")
    assert f"3 {told}" in sentences(boss, job, schedule="*/15 * * * *")


def test_a_job_that_never_ran_has_nothing_to_overlap(boss: Client) -> None:
    assert len(sentences(boss, make_job(), schedule="0 * * * *")) == 1


def test_jobs_of_its_pool_that_are_due_in_the_same_minute_are_counted(boss: Client) -> None:
    make_pool("gpu", slots=2)
    job = make_job(schedule="0 2 * * *", pool="gpu")
    make_job(schedule="0 2 * * *", pool="gpu")
    make_job(schedule="0 2 * * *")
    told = sentences(boss, job, schedule="0 2 * * *", pool="gpu")
    assert "Shares the pool gpu with 1 other job in its next minute" in told
    assert len(sentences(boss, job, schedule="1 2 * * *", pool="gpu")) == 1


def test_a_schedule_that_cannot_be_read_changes_nothing(boss: Client) -> None:
    for text in ("0 99 * * *", "@manual"):
        assert sentences(boss, schedule=text) == []


def test_the_answer_costs_eight_queries_at_the_most(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_pool("gpu", slots=2)
    job = make_job(pool="gpu")
    took(job, 5)
    with django_assert_max_num_queries(8):
        sentences(boss, job, schedule="0 2 * * *", pool="gpu")


def test_what_calendars_skip_is_no_start_of_the_month(boss: Client) -> None:
    make_calendar("closed", weekdays=["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"])
    job = make_job(schedule="0 2 * * *")
    told = sentences(boss, job, schedule="0 2 * * *", calendars="closed")
    assert any(text.startswith("0 starts in ") for text in told), told
