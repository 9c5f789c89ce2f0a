"""The worker's supervision: two threads of its main process, beside the event loop and in place of it.

The event loop stands still while the broker is away. So what must go on has threads of its own: one that talks to the
database, and one that needs nothing but this host and therefore never waits for anybody.
"""

from __future__ import annotations

import atexit
from typing import Any

from celery import bootsteps, signals

from jobs import conf
from jobs.execution import child, spool
from jobs.execution.autoscaler import LOOK_SECONDS, DemandWatch
from jobs.execution.cancels import Cancels
from jobs.execution.dead_children import DeadChildren
from jobs.execution.deadlines import Deadlines
from jobs.execution.exclusive import ExclusiveStop
from jobs.execution.hands import in_hand
from jobs.execution.leases import Fence, Leases
from jobs.execution.registration import Registration
from jobs.execution.restart import Restart
from jobs.execution.rounds import Duty, Rounds
from jobs.execution.settle import clerk
from jobs.execution.stop_order import StopOrder
from jobs.execution.stopping import Grace
from jobs.execution.watchdog import Watchdog

UID = "jobs.execution.heart"
WATCHDOG_LOOKS = 6  # in the time after which it acts


class Heart(bootsteps.StartStopStep):
    """Starts before the pool forks; goes on while the worker drains, until it has shut down."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **_: Any) -> None:
        super().__init__(worker)
        self.restart = Restart()
        clerk.take_post()
        child.listen()
        self.grace = Grace(worker)
        self.threads: tuple[Rounds, ...] = ()

    def start(self, worker: Any) -> None:
        signals.worker_shutting_down.connect(self._on_shutting_down, dispatch_uid=UID)
        signals.worker_shutdown.connect(self._on_shutdown, dispatch_uid=UID)
        atexit.register(self._on_shutdown)  # a cold shutdown sends no worker_shutdown
        leases = Leases(worker.hostname, in_hand)
        self.threads = (heart(worker, leases, self.restart), supervisor(worker, leases))
        for thread in (*self.threads, self.grace):
            thread.start()

    def stop(self, worker: Any) -> None:
        """Steps stop before the pool has drained: what still runs needs its lease until worker_shutdown."""

    def _on_shutting_down(self, **_: object) -> None:
        self.restart.note_stop()
        self.grace.begun.set()

    def _on_shutdown(self, **_: object) -> None:
        self.grace.gone.set()
        clerk.drain()
        for thread in self.threads:
            thread.stop()


def heart(worker: Any, leases: Leases, restart: Restart) -> Rounds:
    """What needs the database. Renewing comes first: nothing else may make it late."""
    numbers = conf.get()
    registration = Registration(worker)
    watchdog = Watchdog(registration, restart.ask)
    duties = (
        Duty("leases", numbers.lease_renew_seconds, leases.run_once),
        Duty("worker", numbers.lease_renew_seconds, registration.run_once),
        Duty("cancels", numbers.supervise_seconds, Cancels(worker.pool, worker.hostname).run_once),
        Duty("spool", numbers.lease_renew_seconds, spool.replay),
        Duty("demand", LOOK_SECONDS, DemandWatch(worker, registration).run_once),
        Duty("stop order", numbers.lease_renew_seconds, StopOrder(registration).run_once),
        Duty("watchdog", numbers.watchdog_seconds / WATCHDOG_LOOKS, watchdog.run_once),
    )
    return Rounds("heart", duties, registration.goodbye)


def supervisor(worker: Any, leases: Leases) -> Rounds:
    """What needs only this host. It hands outcomes to the clerk, who waits for the database."""
    every = conf.get().supervise_seconds
    duties = (
        Duty("time limits", every, Deadlines(worker.pool).run_once),
        Duty("pool children", every, DeadChildren().run_once),
        Duty("exclusive runs", every, ExclusiveStop(worker.pool, leases).run_once),
        Duty("fence", every, Fence(worker.pool, leases).run_once),
    )
    return Rounds("supervisor", duties)
