"""Stops runs that somebody wants cancelled.

The wish is a column of the run; no message carries it.
"""

from __future__ import annotations

import uuid
from typing import Any

from jobs.execution.outcome import outcomes
from jobs.execution.sidecar.asking import from_database
from jobs.execution.supervision.in_flight import at_work, take_away
from jobs.lifecycle.connections import LIFECYCLE
from jobs.models import Run, RunState


class Cancels:
    """One look at the runs of this worker; none while it has no work."""

    def __init__(self, pool: Any, worker: str) -> None:
        self.pool, self.worker = pool, worker

    def run_once(self) -> dict[str, int]:
        works = at_work()
        wanted = from_database(requested, self.worker) if works else {}
        asked = [(work, wanted.get((work.message.run_id, work.message.publish))) for work in works]
        stopped = [
            take_away(self.pool, work, outcomes.cancelled(why))
            for work, why in asked
            if why is not None
        ]
        return {"runs cancelled": sum(stopped)}


def requested(worker: str) -> dict[tuple[uuid.UUID, int], str]:
    """The running runs of this worker that are to be cancelled, by id and publish number, and
    why.
    """
    runs = Run.objects.using(LIFECYCLE).filter(
        worker=worker, state=RunState.RUNNING, cancel_requested_at__isnull=False
    )
    return {
        (run, publish): reason
        for run, publish, reason in runs.values_list("id", "publish_count", "reason")
    }
