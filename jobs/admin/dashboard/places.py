"""Where runs wait and where they run: queues and workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobs.admin.places.queues import QueueRow, queue_row
from jobs.admin.places.workers import WorkerRow, worker_rows
from jobs.models import Queue
from jobs.queries.site import dashboard as read
from jobs.queries.site.dashboard import Queued

SHOWN = 8


@dataclass(frozen=True)
class Workers:
    """``rest`` is how many there are beside the rows; ``busy`` and ``slots`` are of those that are
    up.
    """

    rows: list[WorkerRow]
    rest: int
    up: int
    stale: int
    busy: int
    slots: int


def queues(waiting: Queued, now: datetime) -> list[QueueRow]:
    """Those in which something waits or that are paused, the deepest first."""
    known = {queue.name: queue for queue in read.known_queues()}
    names = {*waiting.by_queue, *(name for name, queue in known.items() if queue.paused_at)} or {
        "default"
    }
    rows = [queue_row(known.get(name) or Queue(name=name), waiting, now) for name in sorted(names)]
    return sorted(rows, key=lambda row: -row.depth)[:SHOWN]


def workers(now: datetime) -> Workers:
    rows = worker_rows(now)
    up = [row for row in rows if row.is_up]
    return Workers(
        rows=rows[:SHOWN],
        rest=max(0, len(rows) - SHOWN),
        up=len(up),
        stale=len(rows) - len(up),
        busy=sum(row.busy for row in up),
        slots=sum(row.slots for row in up),
    )
