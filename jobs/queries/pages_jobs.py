"""What the pages about jobs read: one page of the list, the newest run of each job on it, one job."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value

from jobs.access.actor import SYSTEM, Actor
from jobs.access.visible import Carries, visible_jobs
from jobs.models import Job, Run
from jobs.queries.pages_keyset import KeysetPage, keyset_page

PAGE = 50
MOST_QUEUES = 100
ORDERS: dict[str, tuple[str, ...]] = {
    "name": ("name", "id"),
    "next": ("state__next_run_at", "id"),
    "created": ("created_at", "id"),
    "updated": ("updated_at", "id"),
    "priority": ("priority", "id"),
}


@dataclass(frozen=True)
class JobFilter:
    """What the list is narrowed to; an empty text is no restriction. ``state``: enabled, paused, broken, archived.

    ``order`` is a key of ORDERS, with a minus before it for the other way round.
    """

    search: str = ""
    state: str = ""
    queue: str = ""
    task: str = ""
    order: str = "name"
    name: str = ""
    owner: str = ""
    tag: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that the list is ordered by."""
        return ORDERS[self.order.removeprefix("-")]


def jobs_page(
    wanted: JobFilter,
    *,
    actor: Actor = SYSTEM,
    after: Sequence[Any] | None = None,
    before: Sequence[Any] | None = None,
) -> KeysetPage[Job]:
    """One query: a page of the jobs that the actor sees, with their states."""
    jobs = _filtered(visible_jobs(actor), wanted).select_related("state").defer("params", "metadata", "resources")
    return keyset_page(jobs, wanted.key, after=after, before=before, size=PAGE)


def whole_jobs_page(wanted: JobFilter, *, actor: Actor, after: Sequence[Any] | None, limit: int) -> KeysetPage[Job]:
    """One query: the same for programs, with every field and as long as they ask for."""
    jobs = _filtered(visible_jobs(actor), wanted).select_related("state")
    return keyset_page(jobs, wanted.key, descending=wanted.order.startswith("-"), after=after, size=limit)


def newest_runs(jobs: Sequence[Job]) -> dict[uuid.UUID, Run]:
    """One query: the newest run of each of these jobs, by job id; one index probe per job."""
    newest = Run.objects.filter(job=OuterRef("pk")).newest_first().values("pk")[:1]
    ids = Job.objects.filter(pk__in=[job.pk for job in jobs]).annotate(newest=Subquery(newest)).values("newest")
    return {run.job_id: run for run in Run.objects.filter(pk__in=ids).defer("params")}


def queue_names(actor: Actor = SYSTEM) -> list[str]:
    """One query: the queues that jobs name."""
    return list(visible_jobs(actor).order_by("queue").values_list("queue", flat=True).distinct()[:MOST_QUEUES])


def recent_runs(job: Job, limit: int = 20) -> list[Run]:
    """One query: the job's newest runs, newest first."""
    return list(job.runs.order_by("-id").defer("params")[:limit])  # through the job: each run knows it unasked


def _filtered(jobs: QuerySet[Job], wanted: JobFilter) -> QuerySet[Job]:
    exact = {field: value for field in ("name", "queue", "task", "owner") if (value := getattr(wanted, field))}
    jobs = _in_state(jobs, wanted.state).filter(**exact)
    if wanted.tag:
        jobs = jobs.filter(Carries(F("tags"), Value(wanted.tag)))
    if "state__next_run_at" in wanted.key:
        jobs = jobs.filter(state__next_run_at__isnull=False)
    for word in wanted.search.split()[:5]:
        jobs = jobs.filter(_mentions(word))
    return jobs


def _in_state(jobs: QuerySet[Job], state: str) -> QuerySet[Job]:
    if state == "archived":
        return jobs.filter(archived_at__isnull=False)
    jobs = jobs.filter(archived_at=None)
    if state == "broken":
        return jobs.exclude(state__schedule_error="")
    return jobs.filter(enabled=state == "enabled") if state in ("enabled", "paused") else jobs


def _mentions(word: str) -> Q:
    """Name, task or tags contain the word; tags are JSON, where some databases keep letters escaped."""
    tag = word.lstrip("#") or word
    escaped = json.dumps(tag)[1:-1]
    return Q(name__icontains=word) | Q(task__icontains=word) | Q(tags__icontains=tag) | Q(tags__icontains=escaped)
