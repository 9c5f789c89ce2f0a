"""What the list of jobs and the job form read: one page of the list, the newest run of each job on it, one job."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.models import Job, JobState, Run
from jobs.params import registry
from jobs.queries.job_filter import JobFilter, matching
from jobs.queries.pages_keyset import KeysetPage, keyset_page

PAGE = 50
CAP = 1_000
MOST_CHOICES = 100
PROBLEMS, NAME, NEXT = "problems", "name", "next"
ORDERS: dict[str, tuple[str, ...]] = {
    PROBLEMS: ("health__health_rank", "health__job_name", "id"),
    NAME: ("name", "id"),
    NEXT: ("state__next_run_at", "id"),
}
UNSEEN = ("description", "params", "metadata", "resources")


@dataclass(frozen=True)
class Found:
    """The jobs that match, and how many they are: counted up to 1,001 and no further."""

    jobs: QuerySet[Job]
    count: int


def found_jobs(wanted: JobFilter, *, actor: Actor) -> Found:
    """One query, of the jobs that the actor sees: the first 1,001 ids in whatever order is quickest.

    Where these are all, the page is taken from among them; else matches are so many that in any order a page is soon
    full. So no search walks an order's index from end to end to find its few jobs.
    """
    jobs = matching(visible_jobs(actor), wanted, registry.registered())
    ids = list(jobs.order_by().values_list("pk", flat=True)[: CAP + 1])
    return Found(jobs if len(ids) > CAP else Job.objects.filter(pk__in=ids), len(ids))


def jobs_page(
    jobs: QuerySet[Job],
    order: str = PROBLEMS,
    *,
    after: Sequence[Any] | None = None,
    before: Sequence[Any] | None = None,
) -> KeysetPage[Job]:
    """One query: a page of these jobs with their states and healths."""
    jobs = jobs.select_related("state", "health").defer(*UNSEEN)
    if order == NEXT:
        jobs = jobs.filter(state__next_run_at__isnull=False)
    if order == PROBLEMS:
        jobs = jobs.filter(health__health_rank__isnull=False)  # an inner join, so that the index gives the order
    return keyset_page(jobs, ORDERS[order], after=after, before=before, size=PAGE)


def newest_runs(jobs: Sequence[Job]) -> dict[uuid.UUID, Run]:
    """One query: the newest run of each of these jobs, by job id; one index probe per job."""
    newest = Run.objects.filter(job=OuterRef("pk")).newest_first().values("pk")[:1]
    ids = Job.objects.filter(pk__in=[job.pk for job in jobs]).annotate(newest=Subquery(newest)).values("newest")
    return {run.job_id: run for run in Run.objects.filter(pk__in=ids).defer("params")}


def find_job(pk: uuid.UUID, *, actor: Actor) -> Job | None:
    """One query: the job with its state, if the actor sees it."""
    return visible_jobs(actor).select_related("state").filter(pk=pk).first()


def due_within(minute: datetime, queue: str, *, actor: Actor, but: str = "") -> int:
    """One query: how many jobs of the queue that the actor sees are due next within this minute, other than ``but``.

    Counted up to 1,001 and no further.
    """
    due = JobState.objects.filter(next_run_at__gte=minute, next_run_at__lt=minute + timedelta(minutes=1))
    jobs = {} if actor.tags is None else {"job__in": visible_jobs(actor)}
    ids = due.filter(job__queue=queue, **jobs).values_list("job_id", flat=True)[: CAP + 1]
    return sum(1 for pk in ids if str(pk) != but)


def queue_names(*, actor: Actor) -> list[str]:
    """One query: the queues that jobs name."""
    return list(visible_jobs(actor).order_by("queue").values_list("queue", flat=True).distinct()[:MOST_CHOICES])


def owner_names(*, actor: Actor) -> list[str]:
    """One query: the owners that jobs name."""
    owners = visible_jobs(actor).exclude(owner="").order_by("owner").values_list("owner", flat=True)
    return list(owners.distinct()[:MOST_CHOICES])
