"""Does anybody serve the queues in which runs wait?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from celery import current_app

from jobs.dispatch.brokers.choice import BROKER_ERRORS
from jobs.dispatch.brokers.declared import advice_on
from jobs.dispatch.clock import database_now
from jobs.models import Job
from jobs.queries.health.finding import HealthFinding
from jobs.queries.workers import unattended_queues

MOST_ASKED = 20


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
    yield from _refused()


def _refused() -> Iterator[HealthFinding]:
    """One finding per queue of a job that RabbitMQ has with other arguments; a broker that is away
    has its own.
    """
    queues = (
        Job.objects.filter(archived_at=None)
        .order_by("queue")
        .values_list("queue", flat=True)
        .distinct()
    )
    with suppress(*BROKER_ERRORS):
        for queue in queues[:MOST_ASKED]:
            if advice := advice_on(current_app, queue):
                yield HealthFinding("queues", False, f"RabbitMQ refuses the queue {queue}", advice)
