from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobs.models import Job, RunState
from tests.integration.execution.delivery import (
    attempts_of,
    deliver,
    explode,
    job_for,
    published_run,
    republished,
)

SOON = timedelta(seconds=3)


def test_a_declared_autoretry_waits_in_the_database_and_ends_after_its_last() -> None:
    run = published_run(
        job_for(explode, autoretry_for=(ValueError,), max_retries=1, default_retry_delay=30)
    )

    deliver(run)

    assert (run.state, run.failures, run.published_at) == (RunState.QUEUED, 1, None)
    assert run.available_at == pytest.approx(timezone.now() + timedelta(seconds=30), abs=SOON)

    type(run).objects.filter(pk=run.pk).update(available_at=timezone.now() - timedelta(seconds=1))
    deliver(republished(run))

    assert (run.state, run.failures, run.attempt) == (RunState.FAILED, 2, 2)
    assert [attempt.status for attempt in attempts_of(run)] == ["RETRY", "FAILURE"]


def test_the_jobs_own_retries_and_back_off_win_over_the_tasks() -> None:
    job = job_for(
        explode,
        autoretry_for=(ValueError,),
        max_retries=0,
        job={"max_retries": 2, "retry_backoff_seconds": 100, "retry_jitter": False},
    )
    run = published_run(job, failures=1)

    deliver(run)

    assert (run.state, run.failures) == (RunState.QUEUED, 2)
    assert run.available_at == pytest.approx(timezone.now() + timedelta(seconds=200), abs=SOON)


def test_a_job_may_ask_for_retries_of_a_task_that_declares_none() -> None:
    run = published_run(job_for(explode, job={"max_retries": 1}))

    deliver(run)

    assert run.state == RunState.QUEUED
    wait = (run.available_at - timezone.now()).total_seconds()
    assert 5 < wait <= 12.1


def test_the_site_may_ask_for_retries_of_jobs_and_tasks_that_do_not_say(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"default_max_retries": 1}
    says_nothing = job_for(explode)
    assert ended(says_nothing) == RunState.QUEUED
    assert ended(says_nothing, failures=1) == RunState.FAILED
    assert ended(job_for(explode, job={"max_retries": 0})) == RunState.FAILED
    assert ended(job_for(explode, autoretry_for=(ValueError,), max_retries=0)) == RunState.FAILED


def ended(job: Job, **fields: Any) -> str:
    """The state of a run of the job after its attempt."""
    run = published_run(job, **fields)
    deliver(run)
    return run.state


def test_a_job_with_no_retries_left_fails() -> None:
    run = published_run(job_for(explode, job={"max_retries": 1}), failures=1)

    deliver(run)

    assert (run.state, run.failures, run.error) == (
        RunState.FAILED,
        2,
        "ValueError: no such customer",
    )


def test_an_explicit_retry_with_a_countdown_is_kept() -> None:
    def again(self: Any) -> None:
        raise self.retry(countdown=77)

    run = published_run(job_for(again))
    deliver(run)

    assert run.state == RunState.QUEUED
    assert run.available_at == pytest.approx(timezone.now() + timedelta(seconds=77), abs=SOON)


def test_an_explicit_retry_at_a_moment_is_kept() -> None:
    def again(self: Any) -> None:
        raise self.retry(eta=timezone.now() + timedelta(hours=30))

    run = published_run(job_for(again))
    deliver(run)

    assert run.available_at == pytest.approx(timezone.now() + timedelta(hours=30), abs=SOON)
