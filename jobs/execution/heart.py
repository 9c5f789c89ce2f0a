"""A thread of the worker's main process that renews the leases of all runs its pool children work on.

In the main process, because in a pool child a body that holds the interpreter's lock would lose its lease.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from celery import bootsteps, signals
from celery.worker import state
from django.db import Error, connections
from django.db.models.functions import Now

from jobs import conf
from jobs.execution import child
from jobs.execution.capture import THREAD_PREFIX
from jobs.execution.connections import LIFECYCLE
from jobs.execution.message import Message
from jobs.execution.settle import clerk
from jobs.models import Run, RunState

logger = logging.getLogger(__name__)


class Heart(bootsteps.StartStopStep):  # type: ignore[misc]
    """Starts beating before the pool forks; beats on while the worker drains, until it has shut down."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **_: Any) -> None:
        super().__init__(worker)
        clerk.take_post()
        child.listen()
        self.beating: Beating | None = None

    def start(self, worker: Any) -> None:
        self.beating = Beating(worker.hostname, active_runs)
        signals.worker_shutdown.connect(self._end, dispatch_uid="jobs.execution.heart", weak=False)
        self.beating.start()

    def stop(self, worker: Any) -> None:
        """Steps stop before the pool has drained: what still runs needs its lease until worker_shutdown."""

    def _end(self, **_: object) -> None:
        if self.beating:
            self.beating.stopped.set()


def active_runs() -> list[uuid.UUID]:
    """The runs whose bodies the pool has begun, as the main process knows them."""
    messages = [Message.of(request._context) for request in _snapshot(lambda: state.active_requests)]
    return [message.run_id for message in messages if message]


def _snapshot(requests: Callable[[], Iterable[Any]]) -> list[Any]:
    """A copy of a set that the main thread may change while we look; it rarely does."""
    for _ in range(100):
        try:
            return list(requests())
        except RuntimeError:
            continue
    return []


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


def renew(worker: str, runs: list[uuid.UUID]) -> int:
    """Extend the leases of those of ``runs`` that are still this worker's; return how many are."""
    held = Run.objects.using(LIFECYCLE).filter(pk__in=runs, state=RunState.RUNNING, worker=worker)
    return held.update(lease_expires_at=Now() + conf.get().lease)
