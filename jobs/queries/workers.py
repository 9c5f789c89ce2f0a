"""Who is there to work: the workers that live, what they consume and know, and the queues that
nobody serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import QuerySet

from jobs import conf
from jobs.dispatch.admission import values_along
from jobs.dispatch.publish import paused_queues
from jobs.errors import NotFound
from jobs.models import Run, Worker
from jobs.params.limits import UNSTORABLE

MOST_WORKERS = 1_000
MOST_QUEUES = 200
# A worker that restarts leaves its queues alone for a few seconds; that is nobody's concern.
UNATTENDED_AFTER = timedelta(seconds=15)


class WorkerNotFound(NotFound):
    """No worker has this name."""


@dataclass(frozen=True)
class Fleet:
    """The workers that live."""

    workers: Sequence[Worker]

    def consumers(self, queue: str) -> list[Worker]:
        """Those that take messages from this queue."""
        return [worker for worker in self.workers if queue in worker.queues]

    def knows(self, task: str, queue: str) -> bool:
        """Whether a consumer of the queue has this task; one that lists no task at all is not held
        to its list.
        """
        return any(not worker.tasks or task in worker.tasks for worker in self.consumers(queue))


def live_workers(*, now: datetime) -> Fleet:
    """One query: the workers that have not said goodbye and were heard of within
    ``worker_silent_seconds``.
    """
    heard = now - timedelta(seconds=conf.get().worker_silent_seconds)
    return Fleet(
        list(
            Worker.objects.filter(heartbeat_at__gte=heard, stopped_at=None).order_by("name")[
                :MOST_WORKERS
            ]
        )
    )


def find_worker(name: str) -> Worker:
    """The worker of this name; raises WorkerNotFound."""
    worker = None if UNSTORABLE.search(name) else Worker.objects.filter(pk=name).first()
    if worker is None:
        raise WorkerNotFound(f"there is no worker {name[:200]!r}", field="worker")
    return worker


def unattended_queues(*, now: datetime) -> list[str]:
    """The queues, not paused, in which runs wait and which no live worker consumes; at most 200, by
    name.

    One query for the workers, one for the pauses, and one or two index probes per queue with
    waiting runs.
    """
    before = now - UNATTENDED_AFTER
    waiting = {
        *hop(Run.objects.ready(before)),
        *hop(Run.objects.in_broker().filter(published_at__lte=before)),
    }
    if not waiting:
        return []
    fleet, paused = live_workers(now=now), paused_queues()
    return sorted(queue for queue in waiting - paused if not fleet.consumers(queue))


def hop(runs: QuerySet[Run]) -> Iterator[str]:
    """The queues of these runs, at most 200, at a cost of their number, not the runs'."""
    return islice(values_along(runs, "queue"), MOST_QUEUES)
