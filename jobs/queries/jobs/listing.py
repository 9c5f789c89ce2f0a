"""The list of jobs, one for the console, REST and the commands: which ones, in what order, a page
at a time.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.models import Job, JobState, Run
from jobs.queries.jobs.filter import JobFilter, matching
from jobs.queries.paging import PAGE, Key, KeysetPage, capped_ids, is_capped, keyset_page

MOST_CHOICES = 100
PROBLEMS, NAME, NEXT = "problems", "name", "next"
# Order → the fields it goes by. PROBLEMS is for people: REST tells nothing of a job's health to
# page by.
ORDERS: dict[str, tuple[str, ...]] = {
    PROBLEMS: ("health__health_rank", "health__job_name", "id"),
    NAME: ("name", "id"),
    NEXT: ("state__next_run_at", "id"),
    "created": ("created_at", "id"),
    "updated": ("updated_at", "id"),
    "priority": ("priority", "id"),
}
# How long runs take and how often they fail, for people: each is looked at with the most first.
MEASURES: dict[str, tuple[str, ...]] = {
    "p95": ("health__p95_ms", "id"),
    "duration": ("health__last_duration_ms", "id"),
    "failures": ("health__consecutive_failures", "id"),
    "change": ("health__change_percent", "id"),
}
# Each is there for only some of the jobs, so that its index gives the order: an inner join, and a
# partial index.
NEEDED = (
    "health__health_rank",
    "state__next_run_at",
    *(fields[0] for fields in MEASURES.values()),
)
UNSEEN = ("description", "params", "metadata", "resources")


@dataclass(frozen=True)
class FoundJobs:
    """The jobs that match, and how many they are: counted up to 1,001 and no further."""

    jobs: QuerySet[Job]
    count: int


def found_jobs(wanted: JobFilter, *, actor: Actor) -> FoundJobs:
    """One query, of the jobs that the actor sees: the first 1,001 ids in whatever order is
    quickest.

    Where these are all, the page is taken from among them; else matches are so many that in any
    order a page is soon full. So no search walks an order's index from end to end to find its few
    jobs. The console says how many match and needs the ids anyway; a program that walks through all
    pages would pay for them on each.
    """
    jobs = matching(visible_jobs(actor), wanted)
    ids = capped_ids(jobs)
    return FoundJobs(jobs if is_capped(len(ids)) else Job.objects.filter(pk__in=ids), len(ids))


def page_of_found(
    found: FoundJobs, order: str = PROBLEMS, *, after: Key | None = None, before: Key | None = None
) -> KeysetPage[Job]:
    """One query: a page of these jobs for the console, with their healths and without what its
    lines do not show.
    """
    jobs = found.jobs.select_related("state", "health").defer(*UNSEEN)
    return _page(jobs, order, after=after, before=before, limit=PAGE)


def list_jobs(
    wanted: JobFilter,
    order: str = NAME,
    *,
    actor: Actor,
    ids: Sequence[uuid.UUID] | None = None,
    after: Key | None = None,
    limit: int,
) -> KeysetPage[Job]:
    """One query: a page of the jobs that the actor sees, whole and with their states.

    ``order``: a key of ORDERS, with a minus before it for the other way round. ``ids``: none but
    these.
    """
    jobs = matching(visible_jobs(actor), wanted).select_related("state")
    if ids is not None:
        jobs = jobs.filter(pk__in=ids)
    return _page(jobs, order, after=after, limit=limit)


def key_of(job: Job, order: str) -> list[Any]:
    """Where the job stands in this order: what the next page begins after."""
    return [reduce(getattr, field.split("__"), job) for field in fields_of(order)]


def fields_of(order: str) -> tuple[str, ...]:
    """The fields that the order goes by."""
    return (ORDERS | MEASURES)[order.removeprefix("-")]


def _page(
    jobs: QuerySet[Job], order: str, *, after: Key | None, before: Key | None = None, limit: int
) -> KeysetPage[Job]:
    fields = fields_of(order)
    for field in NEEDED:
        if field in fields:
            jobs = jobs.filter(**{f"{field}__isnull": False})
    return keyset_page(
        jobs, fields, descending=order.startswith("-"), after=after, before=before, size=limit
    )


def newest_runs(jobs: Sequence[Job]) -> dict[uuid.UUID, Run]:
    """One query: the newest run of each of these jobs, by job id; one index probe per job."""
    newest = Run.objects.filter(job=OuterRef("pk")).newest_first().values("pk")[:1]
    ids = (
        Job.objects.filter(pk__in=[job.pk for job in jobs])
        .annotate(newest=Subquery(newest))
        .values("newest")
    )
    return {run.job_id: run for run in Run.objects.filter(pk__in=ids).defer("params")}


def due_within(minute: datetime, queue: str, *, actor: Actor, but: str = "") -> int:
    """One query: how many jobs of the queue that the actor sees are due next within this minute,
    other than ``but``.

    Counted up to 1,001 and no further.
    """
    due = JobState.objects.filter(
        next_run_at__gte=minute, next_run_at__lt=minute + timedelta(minutes=1)
    )
    jobs = {} if actor.tags is None else {"job__in": visible_jobs(actor)}
    return sum(1 for pk in capped_ids(due.filter(job__queue=queue, **jobs)) if str(pk) != but)


def queue_names(*, actor: Actor) -> list[str]:
    """One query: the queues that jobs name."""
    return list(
        visible_jobs(actor)
        .order_by("queue")
        .values_list("queue", flat=True)
        .distinct()[:MOST_CHOICES]
    )


def owner_names(*, actor: Actor) -> list[str]:
    """One query: the owners that jobs name."""
    owners = visible_jobs(actor).exclude(owner="").order_by("owner").values_list("owner", flat=True)
    return list(owners.distinct()[:MOST_CHOICES])
