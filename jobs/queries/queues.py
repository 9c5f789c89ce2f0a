"""Queues as people see them: what waits, what has a message, and who has paused it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.models import Queue, RunState
from jobs.models.run import RunQuerySet
from jobs.queries.paging import capped_count

MOST = 200


@dataclass(frozen=True)
class QueueLoad:
    """``waiting`` and ``published`` are counted up to 1,001: a larger number than 1,000 means "more
    than that".
    """

    name: str
    waiting: int
    published: int
    paused_at: datetime | None = None
    paused_by: str = ""
    paused_reason: str = ""
    paused_until: datetime | None = None


def queue_loads(*, actor: Actor) -> list[QueueLoad]:
    """The queues that jobs, waiting runs or people name, at most 200 by name; two bounded counts a
    queue.

    Jobs and runs that the actor does not see name no queue here, and are not counted.
    """
    rows = {queue.name: queue for queue in Queue.objects.order_by("name")[:MOST]}
    used = (
        visible_jobs(actor)
        .unarchived()
        .order_by("queue")
        .values_list("queue", flat=True)
        .distinct()[:MOST]
    )
    names = sorted({"default", *rows, *used, *_with_runs(actor)})[:MOST]
    return [_load(name, rows.get(name) or Queue(name=name), actor) for name in names]


def queue_load(name: str, *, actor: Actor) -> QueueLoad:
    """One queue by its name, known or not: three queries."""
    return _load(name, Queue.objects.filter(name=name).first() or Queue(name=name), actor)


def _load(name: str, queue: Queue, actor: Actor) -> QueueLoad:
    queued = _queued(actor).filter(queue=name)
    return QueueLoad(
        name=name,
        waiting=capped_count(queued.filter(published_at=None)),
        published=capped_count(queued.filter(published_at__isnull=False)),
        paused_at=queue.paused_at,
        paused_by=queue.paused_by,
        paused_reason=queue.paused_reason,
        paused_until=queue.paused_until,
    )


def _queued(actor: Actor) -> RunQuerySet:
    return visible_runs(actor).filter(state=RunState.QUEUED)


def _with_runs(actor: Actor) -> Iterator[str]:
    """Hop from queue to queue along the index of what waits."""
    waiting = _queued(actor).filter(published_at=None).order_by("queue")
    names = waiting.values_list("queue", flat=True)
    name = names.first()
    for _ in range(MOST):
        if name is None:
            return
        yield name
        name = names.filter(queue__gt=name).first()
