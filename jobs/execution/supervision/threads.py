"""The worker's supervision: two threads of its main process, beside the event loop and in place of
it.

The event loop stands still while the broker is away. So what must go on has threads of its own: one
that asks the database, through the sidecar, and one that needs nothing but this host and therefore
never waits for anybody.
"""

from __future__ import annotations

import atexit
import gc
import time
from functools import partial
from typing import Any

from celery import bootsteps, signals

from jobs import conf
from jobs.execution import child
from jobs.execution.consumer.autoscaler import LOOK_SECONDS, DemandWatch
from jobs.execution.outcome import spool
from jobs.execution.outcome.settle import outcome_writer
from jobs.execution.sidecar.asking import from_database
from jobs.execution.sidecar.process import sidecar
from jobs.execution.slots import board
from jobs.execution.supervision.cancels import Cancels
from jobs.execution.supervision.dead_children import DeadChildren
from jobs.execution.supervision.deadlines import Deadlines
from jobs.execution.supervision.exclusive import ExclusiveStop
from jobs.execution.supervision.in_flight import in_hand
from jobs.execution.supervision.leases import Fence, Leases
from jobs.execution.supervision.memory import MemoryLimits
from jobs.execution.supervision.orphans import orphans
from jobs.execution.supervision.stuck import StuckChildren
from jobs.execution.worker.registration import Registration
from jobs.execution.worker.restart import Restart
from jobs.execution.worker.stop_order import StopOrder
from jobs.execution.worker.stopping import Grace
from jobs.execution.worker.watchdog import Watchdog
from jobs.services import Service, ServiceThread

UID = "jobs.execution.supervision.threads"
WATCHDOG_LOOKS = 6  # in the time after which it acts


class Supervision(bootsteps.StartStopStep):
    """Starts before the pool forks; goes on while the worker drains, until it has shut down."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **_: Any) -> None:
        super().__init__(worker)
        self.restart = Restart()
        outcome_writer.take_post()
        child.listen()
        self.grace = Grace(worker)
        self.threads: tuple[ServiceThread, ...] = ()
        board.main.stops_until = 0.0

    def start(self, worker: Any) -> None:
        signals.worker_shutting_down.connect(self._on_shutting_down, dispatch_uid=UID)
        signals.worker_shutdown.connect(self._on_shutdown, dispatch_uid=UID)
        atexit.register(self._on_shutdown)  # a cold shutdown sends no worker_shutdown
        _spare_what_is_loaded()
        now = time.monotonic()
        board.main.heartbeat_at = board.main.loop_at = now
        leases = Leases(worker.hostname, in_hand)
        orphans.prepare()
        # Before any thread: it is forked from a process that has none.
        sidecar.start(worker.hostname)
        stuck = StuckChildren(worker.pool)
        self.threads = (
            heartbeat(worker, leases, Registration(worker, stuck), self.restart),
            supervisor(worker, leases, stuck),
        )
        for thread in (*self.threads, self.grace):
            thread.start()

    def stop(self, worker: Any) -> None:
        """Steps stop before the pool has drained: what still runs needs its lease until
        worker_shutdown.

        A consumer that has failed stops the worker as well, and of that nobody has told: it, too,
        ends within the grace time.
        """
        if not self.grace.begun.is_set():
            self._on_shutting_down()

    def _on_shutting_down(self, **_: object) -> None:
        self.restart.note_stop()
        board.main.stops_until = (
            time.monotonic() + conf.get().stop_grace_seconds + conf.get().silent_kill_seconds
        )
        self.grace.begun.set()

    def _on_shutdown(self, **_: object) -> None:
        self.grace.gone.set()
        outcome_writer.drain()
        for thread in self.threads:
            thread.stop()
        orphans.end_all()
        sidecar.close()


def _spare_what_is_loaded() -> None:
    """Celery has Python look for garbage before each fork: of what was loaded once and for all,
    that takes 0.3 s.

    And pages that nobody looks at stay shared with the pool children.
    """
    gc.collect()
    gc.freeze()


def heartbeat(
    worker: Any, leases: Leases, registration: Registration, restart: Restart
) -> ServiceThread:
    """What needs the database, which the sidecar speaks to.

    Renewing comes first: nothing else may make it late.
    """
    numbers = conf.get()
    watchdog = Watchdog(registration, restart.ask)
    services = (
        Service("sign of life", numbers.supervise_seconds, show_life),
        Service("leases", numbers.lease_renew_seconds, leases.run_once),
        Service("worker", numbers.lease_renew_seconds, registration.run_once),
        Service(
            "cancels", numbers.supervise_seconds, Cancels(worker.pool, worker.hostname).run_once
        ),
        Service("spool", numbers.lease_renew_seconds, partial(from_database, spool.replay)),
        Service("demand", LOOK_SECONDS, DemandWatch(worker, registration).run_once),
        Service("stop order", numbers.lease_renew_seconds, StopOrder(registration).run_once),
        Service("watchdog", numbers.watchdog_seconds / WATCHDOG_LOOKS, watchdog.run_once),
    )
    return ServiceThread("heartbeat", services, registration.goodbye)


def show_life() -> dict[str, int]:
    """For the sidecar, which ends a main process whose heartbeat stands still."""
    board.main.heartbeat_at = time.monotonic()
    return {}


def supervisor(worker: Any, leases: Leases, stuck: StuckChildren) -> ServiceThread:
    """What needs only this host.

    It hands outcomes to the outcome writer, who waits for the database.
    """
    every = conf.get().supervise_seconds
    services = (
        Service("time limits", every, Deadlines(worker.pool).run_once),
        Service("memory limits", every, MemoryLimits(worker.pool).run_once),
        Service("pool children", every, DeadChildren().run_once),
        Service("stuck pool children", every, stuck.run_once),
        Service("exclusive runs", every, ExclusiveStop(worker.pool, leases).run_once),
        Service("fence", every, Fence(worker.pool, leases).run_once),
    )
    return ServiceThread("supervisor", services)
