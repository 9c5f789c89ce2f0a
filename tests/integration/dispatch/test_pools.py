"""What is in use of a pool is added up from the runs that are published or running."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from jobs.dispatch import occurrences
from jobs.dispatch.pools import Used, usage, waiting_in
from jobs.models import Run, RunState
from tests.support.builders import make_job, make_pool, make_run


def test_published_and_running_runs_are_in_use_and_no_others(
    django_assert_num_queries: Any,
) -> None:
    now = timezone.now()
    make_pool("gpu")
    make_pool("mail")
    make_pool("none")
    make_run(pool="gpu", cpu=2, memory=7, published_at=now)
    make_run(pool="gpu", cpu=1, storage=5, published_at=now, state=RunState.RUNNING)
    make_run(pool="gpu", cpu=100)
    make_run(pool="gpu", cpu=100, state=RunState.BLOCKED)
    make_run(pool="gpu", cpu=100, published_at=now, state=RunState.SUCCEEDED, finished_at=now)
    make_run(published_at=now)
    make_run(pool="mail", published_at=now)
    gpu, mail = Used(runs=2, sent=1, cpu=3, memory=7, storage=5), Used(runs=1, sent=1)
    with django_assert_num_queries(1):
        assert usage(["mail", "removed"]) == {"mail": mail, "removed": Used()}
    with django_assert_num_queries(2):
        assert usage() == {"gpu": gpu, "mail": mail, "none": Used()}


def test_runs_that_are_due_and_have_no_message_wait() -> None:
    now = timezone.now()
    for _ in range(3):
        make_run(pool="gpu")
    make_run(pool="gpu", available_at=now + timedelta(hours=1))
    make_run(pool="gpu", published_at=now)
    assert [waiting_in(name, timezone.now()).count() for name in ("gpu", "idle")] == [3, 0]


def test_a_run_takes_its_pool_and_its_needs_from_its_job_as_it_was() -> None:
    make_pool("gpu", slots=1)
    job = make_job(pool="gpu", resources={"cpu": 2, "storage": 10})
    run = occurrences.make_run(job, timezone.now(), now=timezone.now())
    run.save()
    job.pool, job.resources = "other", {}
    job.save()
    run.refresh_from_db()
    assert (run.pool, run.cpu, run.memory, run.storage) == ("gpu", 2, 0, 10)


def test_a_job_that_only_says_what_it_needs_draws_on_the_default_pool() -> None:
    assert make_run(make_job(resources={"cpu": 1})).pool == "default"
    assert make_run(make_job(resources={"cpu": 0})).pool == ""
    assert make_run(make_job()).pool == ""


def test_needs_that_no_column_could_hold_are_written_all_the_same() -> None:
    run = make_run(make_job(pool="gpu", resources={"cpu": 10**30}))
    assert Run.objects.get(pk=run.pk).cpu == 10**15
