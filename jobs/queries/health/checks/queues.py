"""Does anybody serve the queues in which runs wait?"""

from __future__ import annotations

from collections.abc import Iterator

from jobs.dispatch.clock import database_now
from jobs.queries.health.finding import HealthFinding
from jobs.queries.workers import unattended_queues


def queues(host: str) -> Iterator[HealthFinding]:
    """One finding per queue, not paused, in which runs have waited for a while and that no live
    worker consumes.
    """
    unattended = unattended_queues(now=database_now())
    for queue in unattended:
        remedy = f"start a worker with -Q {queue}, or move its jobs to another queue"
        yield HealthFinding(
            "queues", False, f"runs are waiting in {queue}, but no worker consumes it", remedy
        )
    if not unattended:
        yield HealthFinding("queues", True, "every queue with waiting runs has a worker")
