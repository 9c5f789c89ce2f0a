"""How many processes the work that is there would need; what workers and outside autoscalers go
by.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from jobs import conf
from jobs.models import Run, RunState, Worker
from jobs.queries.paging import capped_count

SAMPLE = 100
UNKNOWN_SECONDS = 1.0


@dataclass(frozen=True)
class Demand:
    """Runs that could begin or that run in some queues, how long half of the last ones took at
    most, who shares them.

    What waits for a pool is no demand: no process could begin it.
    """

    ready: int
    running: int
    p50_seconds: float
    workers: int

    @property
    def wanted(self) -> int:
        """Processes with which what is there is begun within ``target_wait_seconds``."""
        return ceil((self.ready + self.running) * self.p50_seconds / conf.get().target_wait_seconds)

    @property
    def wanted_here(self) -> int:
        """The share of one of the workers."""
        return ceil(self.wanted / max(1, self.workers))


def demand_of(queues: Collection[str], *, now: datetime) -> Demand:
    """Five kinds of bounded queries: counts up to 1,001, the last 100 runs of each queue, the live
    workers.
    """
    here = Run.objects.filter(queue__in=queues)
    heard = now - timedelta(seconds=conf.get().worker_silent_seconds)
    return Demand(
        ready=capped_count(here.ready(now).filter(pool="")) + capped_count(here.in_broker()),
        running=capped_count(here.filter(state=RunState.RUNNING)),
        p50_seconds=_p50(queues),
        workers=Worker.objects.filter(heartbeat_at__gte=heard, stopped_at=None).count(),
    )


def _p50(queues: Collection[str]) -> float:
    durations = [seconds for queue in queues for seconds in _durations(queue)]
    return median(durations) if durations else UNKNOWN_SECONDS


def _durations(queue: str) -> list[float]:
    newest = (
        Run.objects.filter(queue=queue)
        .newest_first()
        .values_list("started_at", "finished_at")[:SAMPLE]
    )
    return [(ended - begun).total_seconds() for begun, ended in newest if begun and ended]
