"""A job's status in one word, as the older systems have it: there a job and its execution are one
thing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.models import Job, Run, RunState
from jobs.queries.lookup import job_by_id
from jobs.queries.paging import capped_count

CANCELLED_REASON = "cancelled"
# The first that holds. A job that is planned is SCHEDULED between its runs, whatever became of the
# last one.
RULES: tuple[tuple[str, Q], ...] = (
    ("CANCELLED", Q(enabled=False, paused_reason=CANCELLED_REASON)),
    ("PAUSED", Q(enabled=False)),
    ("RUNNING", Q(newest_state=RunState.RUNNING)),
    ("RETRYING", Q(newest_state=RunState.QUEUED, newest_attempt__gt=0)),
    (
        "SCHEDULED",
        Q(state__next_run_at__isnull=False)
        | Q(newest_state__in=[RunState.QUEUED, RunState.BLOCKED]),
    ),
    ("COMPLETED", Q(newest_state=RunState.SUCCEEDED)),
    ("FAILED", Q(newest_state__in=[RunState.FAILED, RunState.TIMED_OUT])),
    ("CANCELLED", Q(newest_state=RunState.CANCELLED)),
)
WORDS = (
    "PENDING",
    "SCHEDULED",
    "RUNNING",
    "COMPLETED",
    "FAILED",
    "PAUSED",
    "CANCELLED",
    "RETRYING",
)
ACTIVE, TIMEOUT = "ACTIVE", "TIMEOUT"
# Of a job's newest runs, among which the last that has started is looked for: the rest were queued
# or skipped.
LOOKED_AT = 50


@dataclass(frozen=True)
class JobWithStatus:
    """A job, its status, and when the newest of its runs that have started did."""

    job: Job
    status: str
    last_run: datetime | None
    newest_state: str | None


def job_with_status(job_id: uuid.UUID, actor: Actor) -> JobWithStatus:
    """Two queries: the unarchived job of this id; raises JobNotFound."""
    job = job_by_id(job_id, actor=actor)
    return _told(_with_status(Job.objects.filter(pk=job.pk)))[0]


def told_page(
    *, actor: Actor, status: str = "", task: str = "", after: uuid.UUID | None, limit: int
) -> list[JobWithStatus]:
    """One query: unarchived jobs by id, beyond ``after``.

    ``status``: one of WORDS, ACTIVE for those that are not paused, or TIMEOUT for those that failed
    so.
    """
    jobs = _wanted(actor, status, task)
    if after:
        jobs = jobs.filter(pk__gt=after)
    return _told(jobs.order_by("pk")[:limit])


@dataclass(frozen=True)
class Listed:
    """Which part of a list is wanted, and in which order."""

    sort: str
    descending: bool
    offset: int
    limit: int


def told_slice(listed: Listed, *, actor: Actor, status: str = "") -> list[JobWithStatus]:
    """One query: the same by another order, beyond so many."""
    place = "state__next_run_at" if listed.sort == "next_run_at" else listed.sort
    order = F(place).desc(nulls_last=True) if listed.descending else F(place).asc(nulls_last=True)
    jobs = _wanted(actor, status, "").order_by(order, "-pk" if listed.descending else "pk")
    return _told(jobs[listed.offset : listed.offset + listed.limit])


def told_count(*, actor: Actor, status: str = "", task: str = "") -> int:
    """One query: how many there are, counted up to 1,001 and no further."""
    return capped_count(_wanted(actor, status, task))


def _wanted(actor: Actor, status: str, task: str) -> QuerySet[Job]:
    jobs = _with_status(visible_jobs(actor).filter(archived_at=None))
    if task:
        jobs = jobs.filter(task=task)
    if status == ACTIVE:
        return jobs.filter(enabled=True)
    if status == TIMEOUT:
        return jobs.filter(Q(status="FAILED", newest_state=RunState.TIMED_OUT))
    return jobs.filter(Q(status=status)) if status else jobs


def _with_status(jobs: QuerySet[Job]) -> QuerySet[Job]:
    newest = Run.objects.filter(job=OuterRef("pk")).order_by("-id")
    looked_at = (
        Run.objects.filter(job=OuterRef(OuterRef("pk"))).order_by("-id").values("pk")[:LOOKED_AT]
    )
    started = newest.filter(pk__in=looked_at, started_at__isnull=False)
    jobs = jobs.annotate(
        newest_state=Subquery(newest.values("state")[:1]),
        newest_attempt=Subquery(newest.values("attempt")[:1]),
        newest_start=Subquery(started.values("started_at")[:1]),
    )
    whens = [When(rule, then=Value(word)) for word, rule in RULES]
    return jobs.annotate(status=Case(*whens, default=Value("PENDING"), output_field=CharField()))


def _told(jobs: QuerySet[Job]) -> list[JobWithStatus]:
    rows: Iterable[Job] = jobs.select_related("state")
    return [
        JobWithStatus(
            job, vars(job)["status"], vars(job)["newest_start"], vars(job)["newest_state"]
        )
        for job in rows
    ]
