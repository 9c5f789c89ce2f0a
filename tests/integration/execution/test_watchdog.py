"""A worker that does nothing while work waits for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery.worker import state
from django.utils import timezone

from jobs.execution.worker.watchdog import Watchdog
from jobs.models import Queue, Run, Worker
from tests.integration.execution.delivery import published_run
from tests.integration.execution.pool import Pool, take
from tests.integration.execution.test_registration import registration
from tests.support.configured import configured
from tests.support.eventually import eventually

YES = {"restarts": 1}


@pytest.fixture
def asked() -> list[str]:
    """The restarts that were asked for, by the queue that waited."""
    return []


@pytest.fixture
def watchdog(pool: Pool, asked: list[str]) -> Watchdog:
    """Of a worker that has been idle for 61 seconds."""
    own = registration(queues=("default", "reports"))
    own.run_once()
    watchdog = Watchdog(own, asked.append)
    watchdog.idle_since -= 61
    return watchdog


def waiting_run(seconds: float = 70, **fields: Any) -> Run:
    run = published_run(**fields)
    Run.objects.filter(pk=run.pk).update(published_at=timezone.now() - timedelta(seconds=seconds))
    return run


def test_an_idle_worker_restarts_when_a_published_run_has_waited_too_long(
    watchdog: Watchdog, asked: list[str]
) -> None:
    waiting_run(queue="reports")

    assert watchdog.run_once() == YES
    assert asked == ["reports"]


def test_it_does_so_once_in_a_while(watchdog: Watchdog, asked: list[str]) -> None:
    waiting_run()

    assert [watchdog.run_once(), watchdog.run_once()] == [YES, {}]
    Worker.objects.update(restarted_at=timezone.now() - timedelta(seconds=601))

    assert watchdog.run_once() == YES


@pytest.mark.parametrize(
    ("seconds", "fields"), [(50, {}), (70, {"queue": "elsewhere"}), (70, {"state": "running"})]
)
def test_nothing_waits_for_it(watchdog: Watchdog, seconds: float, fields: dict[str, Any]) -> None:
    waiting_run(seconds, **fields)

    assert watchdog.run_once() == {}


def test_a_paused_queue_may_wait(watchdog: Watchdog) -> None:
    Queue.objects.create(name="default", paused_at=timezone.now())
    waiting_run()

    assert watchdog.run_once() == {}


def test_a_worker_that_works_is_not_idle(watchdog: Watchdog, pool: Pool) -> None:
    waiting_run()
    hand = take(published_run(), pool.fork().pid)

    assert watchdog.run_once() == {}, hand


def test_a_worker_that_has_begun_something_since_the_last_look_is_not_idle(
    watchdog: Watchdog,
) -> None:
    waiting_run()
    state.all_total_count[0] += 1

    assert watchdog.run_once() == {}


def test_a_pool_that_is_dead_is_idle_whatever_it_was_said_to_do(
    watchdog: Watchdog, pool: Pool
) -> None:
    waiting_run()
    child = pool.fork()
    hand = take(published_run(), child.pid)
    child.kill()
    child.wait(10)

    with configured(watchdog_seconds=0.05):
        eventually(lambda: watchdog.run_once() == YES)
    assert hand.worker_pid == child.pid
