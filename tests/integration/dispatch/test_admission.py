"""Admission: a pool's runs are published in order, as many as fit, and keep nobody else waiting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.actions.queues import pause_queue
from jobs.actions.runs.cancel import cancel_run
from jobs.actions.runs.run import run_now
from jobs.dispatch.pools import usage
from jobs.dispatch.publish import publish_ready, publish_runs
from jobs.lifecycle.claim import claim
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.models import Job, Pool, Run, RunState
from tests.support.builders import by, make_job, make_pool, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once

WORKER = "w1@test"


@pytest.fixture(autouse=True)
def _broker(broker: RedisServer) -> None:
    """Where messages go."""


@pytest.fixture
def job() -> Job:
    return make_job(pool="gpu")


def publish() -> int:
    return publish_ready(now=timezone.now())


def published() -> set[Any]:
    return set(Run.objects.drawing().values_list("pk", flat=True))


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def message(run: Run) -> Message:
    run.refresh_from_db()
    return Message(run.pk, run.publish_count, WORKER, run.task, run.job.name)


def test_no_more_runs_than_slots_are_published_or_running(job: Job) -> None:
    make_pool("gpu", slots=2)
    runs = [make_run(job, scheduled_for=ago(10 - n)) for n in range(4)]
    assert publish() == 2
    assert published() == {runs[0].pk, runs[1].pk}
    assert claim(message(runs[0]))
    assert publish() == 0
    finish(message(runs[0]), Outcome(Ending.SUCCEEDED, "SUCCESS"))
    assert publish() == 1
    assert published() == {runs[1].pk, runs[2].pk}


def test_several_schedulers_and_callers_at_once_never_admit_too_many(job: Job) -> None:
    make_pool("gpu", slots=3)
    runs = [make_run(job) for _ in range(40)]
    ids = [run.pk for run in runs]
    for _ in range(5):
        at_once([publish, publish, publish, lambda: publish_runs(ids, now=timezone.now())])
        assert len(published()) == 3
        Run.objects.drawing().update(state=RunState.SUCCEEDED, finished_at=timezone.now())
    assert Run.objects.filter(state=RunState.SUCCEEDED).count() == 15
    assert set(
        Run.objects.filter(state=RunState.SUCCEEDED).values_list("publish_count", flat=True)
    ) == {1}


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite has one writer: nobody could hold a pool alone"
)
def test_a_pool_that_another_transaction_holds_is_left_to_it(job: Job) -> None:
    make_pool("gpu", slots=1)
    make_pool("mail", slots=1)
    make_run(job)
    make_run(make_job(pool="mail"))
    with transaction.atomic():
        Pool.objects.select_for_update(no_key=True).get(pk="gpu")
        assert at_once([publish]) == [1]
    assert publish() == 1


def test_resources_are_shared_by_the_runs_of_a_pool() -> None:
    make_pool("gpu", cpu=8, memory=100)
    heavy, light = (
        make_job(pool="gpu", resources={"cpu": 3}),
        make_job(pool="gpu", resources={"memory": 60}),
    )
    for _ in range(3):
        make_run(heavy)
    assert publish() == 2
    assert usage(["gpu"])["gpu"].cpu == 6
    Run.objects.ready(timezone.now()).update(state=RunState.CANCELLED, finished_at=timezone.now())
    for _ in range(2):
        make_run(light)
    assert publish() == 1
    assert usage(["gpu"])["gpu"].memory == 60


def test_a_job_that_names_no_pool_draws_on_the_default_pool_if_there_is_one() -> None:
    make_run(make_job(resources={"cpu": 3}))
    make_run(make_job(resources={"cpu": 3}))
    assert publish() == 2
    Run.objects.update(published_at=None)
    make_pool("default", cpu=4)
    assert publish() == 1


def test_what_does_not_fit_waits_and_so_do_the_smaller_ones_behind_it() -> None:
    make_pool("gpu", cpu=4)
    small, large = (
        make_job(pool="gpu", resources={"cpu": 1}),
        make_job(pool="gpu", resources={"cpu": 4}),
    )
    first = make_run(small, scheduled_for=ago(9))
    second = make_run(large, scheduled_for=ago(8))
    third = make_run(small, scheduled_for=ago(7))
    assert publish() == 1
    assert published() == {first.pk}
    first.refresh_from_db()
    cancel_run(first, actor=by("ana"), now=timezone.now())
    publish()
    assert published() == {second.pk}
    Run.objects.filter(pk=second.pk).move(RunState.CANCELLED, finished_at=timezone.now())
    publish()
    assert published() == {third.pk}


def test_a_run_that_can_never_fit_is_passed_over() -> None:
    make_pool("gpu", slots=1, cpu=4)
    make_run(make_job(pool="gpu", resources={"cpu": 5}), scheduled_for=ago(9))
    possible = make_run(make_job(pool="gpu", resources={"cpu": 4}))
    publish()
    assert published() == {possible.pk}


def test_a_pool_admits_by_rank_over_all_its_queues() -> None:
    make_pool("gpu", slots=2)
    slow, fast = make_job(pool="gpu", queue="slow"), make_job(pool="gpu", queue="fast")
    oldest = make_run(slow, scheduled_for=ago(60))
    make_run(fast, scheduled_for=ago(10))
    urgent = make_run(fast, priority=10, scheduled_for=ago(5))
    publish()
    assert published() == {oldest.pk, urgent.pk}


def test_a_paused_queue_keeps_no_other_queue_of_the_pool_waiting() -> None:
    make_pool("gpu", slots=1)
    make_run(make_job(pool="gpu", queue="slow"), scheduled_for=ago(60))
    other = make_run(make_job(pool="gpu", queue="fast"))
    pause_queue("slow", actor=by("ana"), now=timezone.now())
    publish()
    assert published() == {other.pk}


def test_a_full_pool_keeps_no_run_of_another_pool_or_of_none_waiting(job: Job) -> None:
    make_pool("gpu", slots=1)
    make_pool("mail", slots=1)
    for _ in range(5):
        make_run(job, scheduled_for=ago(60))
    publish()
    free, mail = make_run(), make_run(make_job(pool="mail"))
    assert publish() == 2
    assert set(Run.objects.exclude(pool="gpu").exclude(published_at=None)) == {free, mail}


def test_a_pool_that_does_not_exist_limits_nothing(job: Job) -> None:
    make_pool("gpu", slots=1)
    for _ in range(5):
        make_run(job)
    assert publish() == 1
    Pool.objects.all().delete()
    assert publish() == 4


def test_a_pool_without_limits_has_a_window_in_the_broker_all_the_same(job: Job) -> None:
    make_pool("gpu")
    for _ in range(5):
        make_run(job)
    assert publish_ready(now=timezone.now(), window=3) == 3
    assert publish_ready(now=timezone.now(), window=3) == 0


def test_a_pool_made_smaller_admits_nothing_until_there_is_room(job: Job) -> None:
    pool = make_pool("gpu", slots=3)
    for _ in range(5):
        make_run(job)
    publish()
    Pool.objects.filter(pk=pool.pk).update(slots=1)
    assert publish() == 0
    Pool.objects.filter(pk=pool.pk).update(slots=4)
    assert publish() == 1


def test_run_now_waits_its_turn_in_a_full_pool_and_says_so(job: Job) -> None:
    make_pool("gpu", slots=1)
    make_run(job)
    waits = run_now(job, actor=by("ana"), now=timezone.now())
    assert (waits.note, waits.run.published_at) == ("queued; it is waiting for the pool gpu", None)
    assert len(published()) == 1
    Run.objects.drawing().update(state=RunState.SUCCEEDED, finished_at=timezone.now())
    assert run_now(make_job(pool="gpu"), actor=by("ana"), now=timezone.now()).note
    assert published() == {waits.run.pk}
    assert run_now(make_job(pool="mail"), actor=by("ana"), now=timezone.now()).note == ""


def statements(n: int, **fields: Any) -> int:
    """How many statements it takes to publish ``n`` further runs."""
    for _ in range(n):
        make_run(**fields)
    with CaptureQueriesContext(connection) as queries:
        assert publish() == n
    return len(queries)


def test_runs_of_no_pool_cost_one_small_look_at_the_pools_however_many_they_are() -> None:
    few, many = statements(2), statements(60)
    assert few == many
    with CaptureQueriesContext(connection) as queries:
        statements(1)
    about_pools = [
        query["sql"] for query in queries if 'NOT ("beatwright_run"."pool"' in query["sql"]
    ]
    assert len(about_pools) == 1


def test_a_look_at_a_full_pool_costs_the_same_however_many_wait(job: Job) -> None:
    make_pool("gpu", slots=1)

    def look() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert publish() == 0
        return len(queries)

    for _ in range(3):
        make_run(job)
    publish()
    few = look()
    for _ in range(60):
        make_run(job)
    assert look() == few
