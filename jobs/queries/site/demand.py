"""How many processes the work that is there would need; what workers and outside autoscalers go
by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from math import ceil
from statistics import fmean

from jobs import conf
from jobs.models import Run, RunState, Total
from jobs.queries.paging import CAP
from jobs.queries.workers import live_workers

SAMPLE = 100
UNKNOWN_SECONDS = 1.0


@dataclass(frozen=True)
class Demand:
    """Runs that could begin or that run in some queues, what they take, and who shares them.

    ``work_seconds`` is what processes have to do within the next ``target_wait_seconds`` so that
    all of it is begun by then: those that wait in full, and of each that runs what is left of it,
    up to that time. What waits for a pool is no demand: no process could begin it.
    """

    ready: int
    running: int
    work_seconds: float
    workers: int

    @property
    def wanted(self) -> int:
        """Processes with which what is there is begun within ``target_wait_seconds``.

        Never fewer than run now, since one process less would end a run, and no more than there are
        runs.
        """
        needed = ceil(self.work_seconds / conf.get().target_wait_seconds)
        return min(self.ready + self.running, max(self.running, needed))

    @property
    def wanted_here(self) -> int:
        """The share of one of the workers."""
        return ceil(self.wanted / max(1, self.workers))


def demand_of(queues: Collection[str], *, now: datetime) -> Demand:
    """Six kinds of bounded queries: up to 1,001 runs each, the last 100 of each queue, totals, live
    workers.
    """
    here = Run.objects.filter(queue__in=queues)
    waiting = [here.ready(now).filter(pool=""), here.in_broker()]
    ready = Counter(
        chain.from_iterable(runs.values_list("task", flat=True)[: CAP + 1] for runs in waiting)
    )
    running = list(here.filter(state=RunState.RUNNING).values_list("task", "started_at")[: CAP + 1])
    usual = _mean_seconds(queues, {*ready, *(task for task, _ in running)})
    left = (_left(usual[task], (now - (begun or now)).total_seconds()) for task, begun in running)
    work = chain((usual[task] * count for task, count in ready.items()), left)
    consumers = [
        worker
        for worker in live_workers(now=now).workers
        if not {*queues}.isdisjoint(worker.queues)
    ]
    return Demand(ready.total(), len(running), sum(work), len(consumers))


def _left(usual: float, age: float) -> float:
    """What a run still takes of the wait that is wanted: one that takes longer than usual, as long
    as it has by now.
    """
    return min(usual - age if age < usual else age, conf.get().target_wait_seconds)


def _mean_seconds(queues: Collection[str], tasks: Collection[str]) -> dict[str, float]:
    """By task: of the newest runs in these queues, else of all its runs, else UNKNOWN_SECONDS."""
    seconds: dict[str, list[float]] = {}
    for task, took in chain.from_iterable(map(_durations, queues)):
        seconds.setdefault(task, []).append(took)
    means = {task: fmean(took) for task, took in seconds.items()}
    for total in Total.objects.filter(task__in=islice(sorted({*tasks} - {*means}), SAMPLE)):
        means[total.task] = (
            total.duration_ms / 1000 / total.timed if total.timed else UNKNOWN_SECONDS
        )
    return {task: means.get(task, UNKNOWN_SECONDS) for task in tasks}


def _durations(queue: str) -> list[tuple[str, float]]:
    newest = (
        Run.objects.filter(queue=queue)
        .newest_first()
        .values_list("task", "started_at", "finished_at")[:SAMPLE]
    )
    return [
        (task, (ended - begun).total_seconds()) for task, begun, ended in newest if begun and ended
    ]
