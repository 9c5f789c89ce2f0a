"""The size of the pool follows the work that is due, as the database knows it; the list's length is
no measure.

A thread of the heartbeat fetches the figure, because the event loop must not wait for a database.
"""

from __future__ import annotations

import time
from typing import Any

from celery.worker import state
from celery.worker.autoscale import Autoscaler

from jobs.dispatch.clock import database_now
from jobs.execution.sidecar.asking import from_database
from jobs.execution.worker.registration import Registration
from jobs.queries.site.demand import demand_of

LOOK_SECONDS = 2.0


class DemandAutoscaler(Autoscaler):
    """Celery's, with our figure beside its own; named by CELERY_WORKER_AUTOSCALER."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keepalive = LOOK_SECONDS
        self.demand = 0
        self._quiet_since: float | None = None

    @property
    def qty(self) -> int:
        """Processes wanted; never fewer than messages taken."""
        return max(len(state.reserved_requests), self.demand)

    def maybe_scale(self, req: Any = None) -> None:
        if self.qty >= self.processes:
            self._quiet_since = None
        super().maybe_scale(req)

    def scale_down(self, n: int) -> Any:
        """By one after a quiet while, and never while a message may be on its way to the child that
        would be ended.
        """
        now = time.monotonic()
        if len(state.reserved_requests) > len(state.active_requests):
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        elif now - self._quiet_since > self.keepalive:
            self._quiet_since = now
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
