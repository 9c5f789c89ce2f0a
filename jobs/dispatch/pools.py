"""What is in use of each pool, and whether a run still fits: added up from the runs themselves,
never stored.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db.models import Count, Q, QuerySet, Sum

from jobs.models import Job, Pool, Run, RunState
from jobs.models.fleet.pool import DEFAULT_POOL, MOST_NEEDED, RESOURCES


class Needs(Protocol):
    """Whatever says how much of each resource a run takes."""

    cpu: int
    memory: int
    storage: int


@dataclass(frozen=True, slots=True)
class Used:
    """What the published and the running runs of a pool take together; ``sent`` of these wait for a
    worker.
    """

    runs: int = 0
    sent: int = 0
    cpu: int = 0
    memory: int = 0
    storage: int = 0

    def with_one_more(self, run: Needs) -> Used:
        return Used(
            self.runs + 1,
            self.sent + 1,
            self.cpu + run.cpu,
            self.memory + run.memory,
            self.storage + run.storage,
        )


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why a run does not fit now: ``needed`` of ``what`` (slots, cpu, memory or storage) is more
    than is free.
    """

    what: str
    needed: int
    used: int
    limit: int

    @property
    def free(self) -> int:
        """What is left; none where the pool was made smaller than what is in use."""
        return max(0, self.limit - self.used)

    @property
    def is_lasting(self) -> bool:
        """Whether it would not fit into the empty pool either."""
        return self.needed > self.limit


def usage(names: Collection[str] | None = None) -> dict[str, Used]:
    """What is in use of each of these pools, or of every pool that exists.

    One query, two for all.
    """
    if names is None:
        names = list(Pool.objects.values_list("name", flat=True))
    runs = {"runs": Count("id"), "sent": Count("id", filter=Q(state=RunState.QUEUED))}
    drawing = Run.objects.drawing().filter(pool__in=names).values_list("pool")
    sums = drawing.annotate(**runs, **{f"{kind}_taken": Sum(kind) for kind in RESOURCES})
    return {name: Used() for name in names} | {name: Used(*taken) for name, *taken in sums}


def waiting_in(name: str, now: datetime) -> QuerySet[Run]:
    """The runs that are due and have no message yet, of one pool."""
    return Run.objects.ready(now).pooled().filter(pool=name)


def shortage(pool: Pool, used: Used, run: Needs) -> Shortage | None:
    """What ``run`` lacks in a pool of which so much is in use; None if it fits.

    What lacks for ever comes first.
    """
    asked = {"slots": (1, used.runs)} | {
        kind: (getattr(run, kind), getattr(used, kind)) for kind in RESOURCES
    }
    found = []
    for what, (needed, taken) in asked.items():
        limit = getattr(pool, what)
        # A run that needs none of a resource is not kept by it, however much of it is in use.
        if limit is not None and needed and taken + needed > limit:
            found.append(Shortage(what, needed, taken, limit))
    return min(found, key=lambda one: not one.is_lasting, default=None)


def pool_of(job: Job) -> str:
    """The pool that the job's runs draw on: its own; ``default`` if it only says what it needs; or
    none.
    """
    return job.pool or (DEFAULT_POOL if any(needs_of(job).values()) else "")


def needs_of(job: Job) -> dict[str, int]:
    """How much of each resource a run of the job takes; 0 of what it does not mention."""
    return {kind: min(int(job.resources.get(kind, 0)), MOST_NEEDED) for kind in RESOURCES}
