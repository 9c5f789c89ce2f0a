"""A thread of the worker's main process that renews the leases of all runs its pool children work on.

In the main process, because in a pool child a body that holds the interpreter's lock would lose its lease.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from celery import bootsteps, signals
from django.db import Error, connections
from django.db.models.functions import Now

from jobs import conf
from jobs.execution import child
from jobs.execution.capture import THREAD_PREFIX
from jobs.execution.settle import clerk
from jobs.execution.stopping import Grace, active_requests
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.message import Message
from jobs.models import Run, RunState

logger = logging.getLogger(__name__)


class Heart(bootsteps.StartStopStep):
    """Starts beating before the pool forks; beats on while the worker drains, until it has shut down."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **_: Any) -> None:
        super().__init__(worker)
        clerk.take_post()
        child.listen()
        self.beating = Beating(worker.hostname, active_runs)
        self.grace = Grace(worker)

    def start(self, worker: Any) -> None:
        signals.worker_shutting_down.connect(self._on_shutting_down, dispatch_uid="jobs.execution.heart")
        signals.worker_shutdown.connect(self._on_shutdown, dispatch_uid="jobs.execution.heart")
        self.beating.start()
        self.grace.start()

    def stop(self, worker: Any) -> None:
        """Steps stop before the pool has drained: what still runs needs its lease until worker_shutdown."""

    def _on_shutting_down(self, **_: object) -> None:
        self.grace.begun.set()

    def _on_shutdown(self, **_: object) -> None:
        self.grace.gone.set()
        self.beating.stopped.set()
        clerk.drain()


def active_runs() -> list[uuid.UUID]:
    """The runs whose bodies the pool has begun, as the main process knows them."""
    messages = [Message.of(request._context) for request in active_requests()]
    return [message.run_id for message in messages if message]


class Beating(threading.Thread):
    """Renews every LEASE_RENEW_SECONDS."""

    def __init__(self, worker: str, active: Callable[[], list[uuid.UUID]]) -> None:
        super().__init__(name=f"{THREAD_PREFIX}heart", daemon=True)
        self.worker, self.active = worker, active
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(conf.get().lease_renew_seconds):
            try:
                if runs := self.active():
                    renew(self.worker, runs)
            except Error as error:
                connections[LIFECYCLE].close()
                logger.warning("leases not renewed: %s", error)
        connections[LIFECYCLE].close()


def renew(worker: str, runs: list[uuid.UUID]) -> int:
    """Extend the leases of those of ``runs`` that are still this worker's; return how many are."""
    held = Run.objects.using(LIFECYCLE).filter(pk__in=runs, state=RunState.RUNNING, worker=worker)
    return held.update(lease_expires_at=Now() + conf.get().lease)
