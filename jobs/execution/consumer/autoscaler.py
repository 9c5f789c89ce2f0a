"""The size of the pool follows the work that is due, as the database knows it; the list's length is
no measure.

A thread of the heartbeat fetches the figure, because the event loop must not wait for a database.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from celery.worker import state
from celery.worker.autoscale import Autoscaler

from jobs.dispatch.clock import database_now
from jobs.execution.sidecar.asking import from_database
from jobs.execution.worker.registration import Registration
from jobs.queries.site.demand import demand_of

LOOK_SECONDS = 2.0
USE_SECONDS = 20.0


class DemandAutoscaler(Autoscaler):
    """Celery's, with our figure beside its own; named by CELERY_WORKER_AUTOSCALER.

    It grows at once, and shrinks to what was in use at most over the last USE_SECONDS: a message
    now and then is no reason to keep processes that nobody has needed.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keepalive = LOOK_SECONDS
        self.demand = 0
        # When, and how many processes were wanted: falling. The first window keeps those it starts
        # with.
        self._use = deque([(time.monotonic(), self.max_concurrency)])

    @property
    def qty(self) -> int:
        """Processes wanted; never fewer than messages taken."""
        return max(len(state.reserved_requests), self.demand)

    def maybe_scale(self, req: Any = None) -> None:
        """Called at every message, and every LOOK_SECONDS."""
        self.note_use(time.monotonic())
        super().maybe_scale(req)

    def note_use(self, now: float) -> None:
        """Keep the highest figures since the beginning of the window; older and lower ones no
        longer matter.
        """
        wanted = self.qty
        while self._use and self._use[-1][1] <= wanted:
            self._use.pop()
        self._use.append((now, wanted))
        while self._use[0][0] < now - USE_SECONDS:
            self._use.popleft()

    def scale_down(self, n: int) -> Any:
        """By one at a time, and never while a message may be on its way to the child that would be
        ended.
        """
        on_its_way = len(state.reserved_requests) > len(state.active_requests)
        in_use = max(self._use[0][1], self.min_concurrency)
        if in_use < self.processes and not on_its_way:
            self._shrink(1)  # type: ignore[attr-defined]  # the stubs do not know it


class DemandWatch:
    """Fetches the figure for a worker that was started with --autoscale."""

    def __init__(self, worker: Any, registration: Registration) -> None:
        self.worker, self.registration = worker, registration

    def run_once(self) -> dict[str, int]:
        scaler = getattr(self.worker, "autoscaler", None)
        if isinstance(scaler, DemandAutoscaler):
            scaler.demand = from_database(wanted_here, self.registration.queues())
        return {}


def wanted_here(queues: list[str]) -> int:
    """How many pool children the work in these queues is worth, on this worker's part."""
    return demand_of(queues, now=database_now()).wanted_here
