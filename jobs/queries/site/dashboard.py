"""What the first page reads: each is one query, bounded, and none of them counts runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.models import Health, Job, JobHealth, Queue, Run, RunState, Worker
from jobs.queries import paging

MOST_WORKERS = 200


def running_count(*, actor: Actor) -> int:
    return paging.capped_count(visible_runs(actor).filter(state=RunState.RUNNING))


def dead_count(*, actor: Actor) -> int:
    return paging.capped_count(visible_runs(actor).dead_letters())


@dataclass
class Waiting:
    """The queued runs of one queue or of all; ``since`` is when the first of them might have
    started.
    """

    count: int = 0
    since: datetime | None = None

    def add(self, available_at: datetime) -> None:
        self.count += 1
        self.since = min(self.since or available_at, available_at)


@dataclass
class Queued(Waiting):
    """The queued runs planned first, at most 1,001 of them, and the same by queue."""

    by_queue: dict[str, Waiting] = field(default_factory=dict)

    @property
    def is_capped(self) -> bool:
        return paging.is_capped(self.count)


def queued(*, actor: Actor) -> Queued:
    """What waits, the first 1,001 of it."""
    runs = (
        visible_runs(actor)
        .filter(state=RunState.QUEUED)
        .order_by("id")
        .values_list("queue", "available_at")
    )
    found = Queued()
    for queue, available_at in runs[: paging.CAP + 1]:
        found.add(available_at)
        found.by_queue.setdefault(queue, Waiting()).add(available_at)
    return found


def jobs_in_trouble(*, actor: Actor) -> dict[Health, int]:
    """How many jobs are failing and how many late, counted up to 1,001 in each of the two."""
    kinds = (Health.FAILING, Health.LATE)
    jobs = JobHealth.objects.filter(health_rank__in=kinds, **_within(actor)).order_by("health_rank")
    ranks = list(jobs.values_list("health_rank", flat=True)[: 2 * (paging.CAP + 1)])
    return {kind: ranks.count(kind) for kind in kinds}


def running(limit: int = 12, *, actor: Actor) -> list[Run]:
    """The runs at work with their jobs and what is usual for them; the longest first."""
    runs = (
        visible_runs(actor)
        .filter(state=RunState.RUNNING)
        .order_by("id")
        .select_related("job__health")
    )
    return list(runs.defer("params", "job__params", "job__health__recent")[:limit])


def known_queues() -> list[Queue]:
    """The queues about which somebody has decided something."""
    return list(Queue.objects.order_by("name")[:200])


def present_workers() -> list[Worker]:
    """The workers that have not said goodbye, silent ones too, at most 200."""
    return list(
        Worker.objects.filter(stopped_at=None).order_by("name").defer("tasks")[:MOST_WORKERS]
    )


def _within(actor: Actor) -> dict[str, Any]:
    """The condition on rows of jobs that keeps to the actor's reach; none for whom no tags
    limit.
    """
    return {} if actor.tags is None else {"job__in": visible_jobs(actor)}


def has_jobs() -> bool:
    return Job.objects.exists()


def has_runs() -> bool:
    return Run.objects.exists()
