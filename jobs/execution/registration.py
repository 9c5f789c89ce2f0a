"""The worker's row: who it is, what it consumes and knows, and that it lives."""

from __future__ import annotations

import logging
import os
import platform
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now

from jobs.execution import processes
from jobs.execution.hands import active_requests, snapshot
from jobs.execution.predecessors import recover
from jobs.lifecycle.connections import LIFECYCLE
from jobs.models import Worker

logger = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=7)
OF_A_LIFE = (
    "host", "identity", "pid", "tasks", "started_at", "stopped_at", "stop_requested_at", "stop_requested_by", "vouched",
)  # fmt: skip


class Registration:
    """Writes the row at the start, renews it at each heartbeat, and ends it with the worker."""

    def __init__(self, worker: Any) -> None:
        self.worker, self.name = worker, str(worker.hostname)
        self.host, self.identity = platform.node(), processes.identity()
        self.is_registered = False

    def run_once(self) -> dict[str, int]:
        """The first time, what earlier workers of this host left behind comes first; their names may be ours."""
        if self.is_registered and self._mine().update(heartbeat_at=Now(), **self._of_the_moment()):
            return {}
        recovered = 0 if self.is_registered else recover(self.name, self.host, self.identity)
        self._register()
        return {"runs of dead workers recovered": recovered}

    def goodbye(self) -> None:
        """Nothing is expected of this worker any more."""
        self._mine().update(stopped_at=Now(), busy=0)

    def asked_to_stop_by(self) -> str:
        """Who asked this very process to shut down; empty while nobody did."""
        asked = self._mine().filter(stop_requested_at__isnull=False).values_list("stop_requested_by", flat=True)
        return str(asked.first() or "")

    def queues(self) -> list[str]:
        """The queues that it consumes, with those added since it started."""
        return sorted(snapshot(lambda: self.worker.app.amqp.queues.consume_from))

    def _mine(self) -> Any:
        return Worker.objects.using(LIFECYCLE).filter(pk=self.name, identity=self.identity)

    def _register(self) -> None:
        if self.is_registered:
            logger.warning("another worker has taken the name %s, or its row is gone", self.name)
        now: Any = Now()
        moment = self._of_the_moment()
        row = Worker(
            name=self.name,
            host=self.host,
            identity=self.identity,
            pid=os.getpid(),
            tasks=sorted(self.worker.app.tasks),
            started_at=now,
            heartbeat_at=now,
            **moment,
        )
        workers = Worker.objects.using(LIFECYCLE)
        fields = (*OF_A_LIFE, "heartbeat_at", *moment)
        workers.bulk_create([row], update_conflicts=True, unique_fields=["name"], update_fields=fields)
        workers.filter(heartbeat_at__lt=Now() - FORGOTTEN_AFTER).delete()
        self.is_registered = True

    def _of_the_moment(self) -> dict[str, Any]:
        slots = getattr(self.worker, "max_concurrency", None) or self.worker.concurrency
        return {"queues": self.queues(), "concurrency": slots, "busy": len(active_requests())}
