"""How large the pool should be, and when it may shrink."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from celery.worker import state
from django.utils import timezone
from kombu.asynchronous.semaphore import DummyLock

from jobs.execution.consumer.autoscaler import DemandAutoscaler, DemandWatch
from jobs.models import RunState
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

    assert (demand.ready, demand.running, demand.p50_seconds) == (9, 1, 5.0)
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


def test_the_pool_grows_to_the_demand_and_no_further_than_allowed(pool: Pool) -> None:
    scaler = autoscaler()
    scaler.demand = 5
    scaler.maybe_scale()
    assert scaler.processes == 5

    scaler.demand = 50
    scaler.maybe_scale()
    assert scaler.processes == 8


def test_it_shrinks_by_one_after_a_quiet_while(pool: Pool) -> None:
    scaler = autoscaler(4)
    scaler.maybe_scale()
    assert scaler.processes == 4

    assert scaler._quiet_since
    scaler._quiet_since -= 3
    scaler.maybe_scale()
    assert scaler.processes == 3


def test_it_never_shrinks_while_a_message_may_be_on_its_way_to_a_child(pool: Pool) -> None:
    scaler = autoscaler(4)
    scaler.maybe_scale()
    assert scaler._quiet_since
    scaler._quiet_since -= 3
    hand = take(published_run())

    scaler.maybe_scale()

    assert scaler.processes == 4, hand
    state.active_requests.add(hand)
    scaler.maybe_scale()
    assert scaler.processes == 4, "the quiet begins anew"


def test_a_busy_time_ends_the_quiet(pool: Pool) -> None:
    scaler = autoscaler(2)
    scaler.maybe_scale()
    assert scaler._quiet_since
    scaler._quiet_since -= 3
    scaler.demand = 2
    scaler.maybe_scale()
    scaler.demand = 0

    scaler.maybe_scale()

    assert scaler.processes == 2


def test_the_heartbeat_fetches_the_figure_for_workers_that_scale(pool: Pool) -> None:
    runs_of(20.0, ready=4)
    own = registration()
    scaler = autoscaler()

    DemandWatch(SimpleNamespace(autoscaler=scaler), own).run_once()
    DemandWatch(SimpleNamespace(), own).run_once()

    assert scaler.demand == 8
