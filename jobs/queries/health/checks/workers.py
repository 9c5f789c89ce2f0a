"""Are there workers, and do they work? A worker whose pool is dead goes on saying that it lives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from jobs import conf
from jobs.dispatch.clock import database_now
from jobs.dispatch.publish import paused_queues
from jobs.models import Run, Worker
from jobs.queries.health.finding import HealthFinding
from jobs.queries.workers import Fleet, live_workers

START = "start one: celery -A scheduler_site worker"
IDLE = (
    "restart the workers of this queue, and check their logs: their pools do not pick up "
    "their messages"
)
HUNG = (
    "its pool processes are hung and are killed after child_silent_seconds; if this "
    "continues, check the worker's log"
)
MOST_QUEUES = 200


def workers(host: str) -> Iterator[HealthFinding]:
    """The workers heard of lately, and the queues in which messages wait although their workers
    have slots free.

    Three queries, and an index probe per consumed queue.
    """
    now = database_now()
    fleet = live_workers(now=now)
    here = [worker for worker in fleet.workers if worker.host == host or not host]
    facts = {
        "workers": len(here),
        "slots": sum(w.concurrency for w in here),
        "busy": sum(w.busy for w in here),
    }
    yield HealthFinding(
        "workers", bool(here), f"{len(here)} with a recent heartbeat", START, facts=facts
    )
    for worker in here:
        if worker.stuck:
            yield HealthFinding(
                "workers",
                False,
                f"{worker.stuck} slots are taken by hung processes",
                HUNG,
                cause=worker.name,
            )
    idle = Fleet(here)
    waiting = Run.objects.in_broker().filter(
        published_at__lte=now - timedelta(seconds=conf.get().watchdog_seconds)
    )
    for queue in _queues_with_slots(here):
        if waiting.filter(queue=queue).exists():
            names = ", ".join(worker.name for worker in idle.consumers(queue))
            yield HealthFinding(
                "workers",
                False,
                f"runs are waiting in queue {queue}, but its workers are idle",
                IDLE,
                cause=names,
            )


def _queues_with_slots(here: list[Worker]) -> list[str]:
    """The open queues that a worker with nothing to do consumes."""
    consumed = {queue for worker in here if not worker.busy for queue in worker.queues}
    return sorted(consumed - paused_queues())[:MOST_QUEUES] if consumed else []
