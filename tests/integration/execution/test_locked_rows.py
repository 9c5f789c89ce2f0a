"""A worker some of whose rows somebody else keeps locked: the rest of its runs go on, and so do
these.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from celery.worker import state
from django.db import connection
from django.utils import timezone

from jobs.execution.isolation.processes import identity
from jobs.execution.outcome.settle import OutcomeWriter
from jobs.execution.supervision.exclusive import ExclusiveStop
from jobs.execution.supervision.in_flight import in_hand
from jobs.execution.supervision.leases import Fence, Leases
from jobs.lifecycle.claim import claim
from jobs.maintenance.recovery import Recovery
from jobs.models import Run, RunState, Worker
from tests.integration.execution.delivery import HERE, message_of, published_run
from tests.integration.execution.pool import Pool, take
from tests.support.builders import make_leader, make_worker
from tests.support.configured import configured
from tests.support.locks import locked

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")


@pytest.fixture
def worker() -> Worker:
    return make_worker(name=HERE, identity=identity())


def running_run(**fields: Any) -> Run:
    run = published_run(**fields)
    assert claim(message_of(run))
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() + timedelta(seconds=5))
    return run


def seconds_left(run: Run) -> float:
    lease = Run.objects.get(pk=run.pk).lease_expires_at
    assert lease
    return (lease - timezone.now()).total_seconds()


def test_a_locked_row_keeps_no_other_lease_from_being_renewed(pool: Pool, worker: Worker) -> None:
    stuck, free = running_run(), running_run()
    hands = [take(stuck), take(free)]
    leases = Leases(HERE, in_hand)

    with locked(stuck):
        assert leases.run_once() == {"runs taken from this worker": 0}, hands
        assert seconds_left(free) > 50
        assert seconds_left(stuck) < 10
    leases.run_once()

    assert seconds_left(stuck) > 50, "it is tried again in the next round"


def test_its_worker_vouches_for_a_run_until_it_is_renewed(pool: Pool, worker: Worker) -> None:
    run = running_run()
    hand = take(run)
    leases = Leases(HERE, in_hand)

    with locked(run):
        leases.run_once()
        worker.refresh_from_db()
        assert worker.vouched == [message_of(run).task_id], hand
    leases.run_once()

    worker.refresh_from_db()
    assert worker.vouched == []


def test_nothing_is_vouched_for_any_more_once_the_last_run_is_done_with(
    pool: Pool, worker: Worker
) -> None:
    run = running_run()
    leases = Leases(HERE, in_hand)
    hand = take(run)
    with locked(run):
        leases.run_once()
    state.reserved_requests.discard(hand)

    before = leases.renewed_at
    leases.run_once()

    worker.refresh_from_db()
    assert worker.vouched == []
    assert leases.renewed_at > before, "a renewal of nothing has succeeded"


def test_the_sweep_takes_no_run_whose_row_is_locked_nor_one_that_just_was(
    pool: Pool, worker: Worker
) -> None:
    make_leader(last_sweep_at=timezone.now())
    stuck, lost = running_run(), running_run()
    Run.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=5))
    hand = take(stuck)
    leases = Leases(HERE, in_hand)

    with locked(stuck):
        leases.run_once()
        assert Recovery().run_once(now=timezone.now()) == {"lost": 1, "overdue": 0}, hand
    assert Recovery().run_once(now=timezone.now()) == {"lost": 0, "overdue": 0}, (
        "its worker has the time to renew it"
    )

    lost.refresh_from_db()
    assert lost.state == RunState.QUEUED


@configured(exclusive_stop_seconds=0.3)
def test_an_exclusive_run_goes_on_while_its_worker_vouches_for_it(
    pool: Pool, worker: Worker, outcome_writer: OutcomeWriter
) -> None:
    run, child = running_run(exclusive=True), pool.fork()
    hand = take(run, child.pid)
    leases = Leases(HERE, in_hand)
    stop = ExclusiveStop(pool, leases)

    with locked(run):
        for _ in range(3):
            time.sleep(0.2)
            leases.run_once()
            assert stop.run_once() == {"exclusive runs stopped": 0}, hand
            assert Fence(pool, leases).run_once() == {"runs fenced": 0}

    assert child.poll() is None


@configured(exclusive_stop_seconds=0.3)
def test_an_exclusive_run_that_nobody_can_vouch_for_stops_and_the_others_go_on(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, other = running_run(exclusive=True), running_run(exclusive=True)
    child, others = pool.fork(), pool.fork()
    hands = [take(run, child.pid), take(other, others.pid)]
    leases = Leases(HERE, in_hand)  # without a row of its own

    with locked(run):
        time.sleep(0.4)
        leases.run_once()
        assert ExclusiveStop(pool, leases).run_once() == {"exclusive runs stopped": 1}, hands

    assert child.wait(10) == -9
    assert others.poll() is None
