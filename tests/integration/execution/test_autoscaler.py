"""How large the pool should be, and when it may shrink."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from celery.worker import state
from django.utils import timezone
from kombu.asynchronous.semaphore import DummyLock

from jobs.execution.consumer.autoscaler import USE_SECONDS, DemandAutoscaler, DemandWatch
from jobs.models import RunState, Total
from jobs.queries.site.demand import demand_of
from tests.integration.execution.delivery import published_run
from tests.integration.execution.pool import Pool, take
from tests.integration.execution.test_registration import registration
from tests.support.builders import make_job, make_run, make_worker


class Growing:
    """A pool that only counts."""

    num_processes = 1

    def grow(self, n: int) -> None:
        self.num_processes += n

    def shrink(self, n: int) -> None:
        self.num_processes -= n

    def maintain_pool(self) -> None:
        pass


def autoscaler(processes: int = 1) -> DemandAutoscaler:
    pool: Any = Growing()
    pool.num_processes = processes
    return DemandAutoscaler(pool, 8, 1, worker=None, mutex=DummyLock())


def runs_of(seconds: float, *, ready: int, queue: str = "default") -> None:
    """Runs that wait, after some that took so long."""
    job, now = make_job(queue=queue), timezone.now()
    for _ in range(3):
        make_run(
            job,
            state=RunState.SUCCEEDED,
            started_at=now - timedelta(seconds=seconds),
            finished_at=now,
        )
    for _ in range(ready):
        make_run(job)


def test_the_demand_is_the_work_there_is_over_the_wait_that_is_wanted() -> None:
    runs_of(5.0, ready=9)
    make_run(state=RunState.RUNNING)
    make_run(available_at=timezone.now() + timedelta(hours=1))
    make_run(make_job(queue="elsewhere"))

    demand = demand_of(["default"], now=timezone.now())

    assert (demand.ready, demand.running, demand.work_seconds) == (9, 1, 50.0)
    assert demand.wanted == 5


def test_what_waits_for_a_pool_is_no_demand() -> None:
    runs_of(5.0, ready=1)
    make_run(pool="gpu", published_at=timezone.now())
    for _ in range(5):
        make_run(pool="gpu")

    assert demand_of(["default"], now=timezone.now()).ready == 2


def test_live_workers_share_it() -> None:
    runs_of(5.0, ready=10)
    make_worker(), make_worker()
    make_worker(stopped_at=timezone.now())

    assert demand_of(["default"], now=timezone.now()).wanted_here == 3


def test_short_runs_want_no_more_processes_than_they_need() -> None:
    runs_of(0.01, ready=50)

    assert demand_of(["default"], now=timezone.now()).wanted == 1


def test_long_runs_among_many_short_ones_count_by_their_own_task() -> None:
    """As an autoscaler saw it: eight of fifteen seconds at work, four more waiting, a hundred of
    milliseconds over.
    """
    runs_of(0.005, ready=0)
    now = timezone.now()
    for _ in range(8):
        make_run(task="Sleep", state=RunState.RUNNING, started_at=now - timedelta(seconds=4))
    for _ in range(4):
        make_run(task="Sleep")
    Total.objects.create(task="Sleep", duration_ms=45_000, duration_histogram={"15000": 3})

    demand = demand_of(["default"], now=timezone.now())

    assert (demand.ready, demand.running) == (4, 8)
    assert demand.wanted == 12


def test_what_runs_is_never_more_than_what_is_wanted() -> None:
    runs_of(0.005, ready=0)
    for _ in range(8):
        make_run(state=RunState.RUNNING, started_at=timezone.now())

    assert demand_of(["default"], now=timezone.now()).wanted == 8


def test_one_long_run_makes_short_ones_want_no_process_each() -> None:
    runs_of(0.005, ready=20)
    make_run(task="Sleep", state=RunState.RUNNING, started_at=timezone.now() - timedelta(hours=1))

    assert demand_of(["default"], now=timezone.now()).wanted == 2


def test_a_worker_of_other_queues_takes_no_share() -> None:
    runs_of(5.0, ready=10)
    make_worker(queues=["default"]), make_worker(queues=["elsewhere"])

    assert demand_of(["default"], now=timezone.now()).wanted_here == 5


def test_the_pool_grows_to_the_demand_and_no_further_than_allowed(pool: Pool) -> None:
    scaler = autoscaler()
    scaler.demand = 5
    scaler.maybe_scale()
    assert scaler.processes == 5

    scaler.demand = 50
    scaler.maybe_scale()
    assert scaler.processes == 8


def after_a_window(scaler: DemandAutoscaler) -> float:
    """All that was wanted before is past."""
    moment = time.monotonic() + USE_SECONDS + 1
    scaler.note_use(moment)
    return moment


def test_it_shrinks_by_one_after_a_quiet_while(pool: Pool) -> None:
    scaler = autoscaler(4)
    scaler.maybe_scale()
    assert scaler.processes == 4

    after_a_window(scaler)
    scaler.maybe_scale()
    assert scaler.processes == 3


def test_it_never_shrinks_while_a_message_may_be_on_its_way_to_a_child(pool: Pool) -> None:
    scaler = autoscaler(4)
    after_a_window(scaler)
    hand = take(published_run())

    scaler.maybe_scale()

    assert scaler.processes == 4, hand
    state.active_requests.add(hand)
    scaler.maybe_scale()
    assert scaler.processes == 3, (
        "a message in a child's hands keeps that one process, and no other"
    )


def test_a_message_now_and_then_keeps_no_process_that_nobody_uses(pool: Pool) -> None:
    scaler = autoscaler(8)
    moment = after_a_window(scaler)
    hand = take(published_run())
    for turn in range(12):
        state.reserved_requests.add(hand)
        scaler.maybe_scale()
        state.active_requests.add(hand)
        scaler.note_use(moment + 2 * turn)
        state.reserved_requests.discard(hand), state.active_requests.discard(hand)
        scaler.maybe_scale()

    assert scaler.processes == 1


def test_what_was_in_use_within_the_window_stays(pool: Pool) -> None:
    scaler = autoscaler(8)
    moment = after_a_window(scaler)
    scaler.demand = 6
    scaler.note_use(moment)
    scaler.demand = 0

    for turn in range(5):
        scaler.note_use(moment + turn)
        scaler.maybe_scale()

    assert scaler.processes == 6


def test_the_heartbeat_fetches_the_figure_for_workers_that_scale(pool: Pool) -> None:
    runs_of(20.0, ready=8)
    own = registration()
    scaler = autoscaler()

    DemandWatch(SimpleNamespace(autoscaler=scaler), own).run_once()
    DemandWatch(SimpleNamespace(), own).run_once()

    assert scaler.demand == 8
