"""One turn of the loop: what it does, what it costs, how long it sleeps."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import JobState, Run, RunState
from jobs.scheduler.tick import Tick
from tests.support.builders import make_job, make_pool, make_run
from tests.support.redis import RedisServer


def make_due(job: Any, ago: float = 0.1) -> None:
    JobState.objects.filter(job=job).update(next_run_at=timezone.now() - timedelta(seconds=ago))


def test_a_turn_plans_and_publishes_what_is_due(broker: RedisServer) -> None:
    make_due(make_job(schedule="0 0 1 1 *"))
    Tick().run_once()
    run = Run.objects.get()
    assert run.publish_count == 1


def test_a_turn_with_nothing_due_costs_two_statements(
    broker: RedisServer, django_assert_num_queries: Any
) -> None:
    make_job(schedule="0 0 1 1 *")
    turn = Tick()
    turn.run_once()
    with django_assert_num_queries(2):
        assert turn.run_once() == pytest.approx(1.0)


def test_it_sleeps_until_the_next_due_moment_and_never_longer_than_a_second(
    broker: RedisServer,
) -> None:
    job = make_job(schedule="0 0 1 1 *")
    assert Tick().run_once() == pytest.approx(1.0)
    make_due(job, ago=-0.9)
    assert 0 < Tick().run_once() < 0.95


def test_a_broker_that_is_away_does_not_keep_occurrences_from_being_recorded(
    broker: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    broker.stop()
    job = make_job(schedule="0 0 1 1 *")
    turn = Tick()
    for _ in range(2):
        make_due(job)
        assert turn.run_once() > 0
    assert (
        len(re.findall(r"the broker is away, due runs wait in the database: \w+", caplog.text)) == 1
    )
    assert Run.objects.filter(published_at=None).count() >= 1
    broker.start()
    turn.run_once()
    assert "the broker is back" in caplog.text
    assert not Run.objects.filter(published_at=None).exists()


def test_waiting_runs_of_another_process_are_published_too(broker: RedisServer) -> None:
    make_run(scheduled_for=timezone.now() - timedelta(seconds=1))
    Tick().run_once()
    assert Run.objects.get().publish_count == 1


def test_it_looks_again_soon_after_it_published_and_then_less_and_less_often(
    broker: RedisServer,
) -> None:
    make_pool("gpu", slots=1)
    for _ in range(2):
        make_run(pool="gpu")
    turn = Tick()
    sleeps = [turn.run_once() for _ in range(7)]
    assert sleeps == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0])
    Run.objects.drawing().update(state=RunState.SUCCEEDED, finished_at=timezone.now())
    assert turn.run_once() == pytest.approx(0.05)
    assert Run.objects.ready(timezone.now()).count() == 0
