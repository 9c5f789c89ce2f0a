"""The queues in use and what waits in each: for metrics and autoscalers, at a cost that does not
grow with the jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobs.models import Queue, Run
from jobs.queries.paging import capped_count
from jobs.queries.site.demand import demand_of
from jobs.queries.workers import Fleet, hop, live_workers

MOST = 200


@dataclass(frozen=True)
class Backlog:
    """``waiting`` and ``published`` are counted up to 1,001."""

    name: str
    waiting: int
    published: int
    oldest_seconds: float
    is_paused: bool
    workers: int
    demand: int


def backlog(*, now: datetime) -> list[Backlog]:
    """The queues that runs wait in, workers consume or people have paused, at most 200 by name."""
    fleet = live_workers(now=now)
    paused = set(
        Queue.objects.filter(paused_at__isnull=False).values_list("name", flat=True)[:MOST]
    )
    waiting = {*hop(Run.objects.ready(now)), *hop(Run.objects.in_broker())}
    consumed = {queue for worker in fleet.workers for queue in worker.queues}
    names = sorted({"default", *waiting, *consumed, *paused})[:MOST]
    return [_of(name, fleet, now, is_paused=name in paused) for name in names]


def _of(name: str, fleet: Fleet, now: datetime, *, is_paused: bool) -> Backlog:
    ready = Run.objects.ready(now).filter(queue=name)
    published = Run.objects.in_broker().filter(queue=name)
    firsts = [ready.order_by("rank_at", "id"), published.order_by("published_at")]
    ages = [
        (now - at).total_seconds()
        for first in firsts
        for at in first.values_list("available_at", flat=True)[:1]
    ]
    return Backlog(
        name,
        waiting=capped_count(ready),
        published=capped_count(published),
        oldest_seconds=max([0.0, *ages]),
        is_paused=is_paused,
        workers=len(fleet.consumers(name)),
        demand=demand_of([name], now=now).wanted,
    )
