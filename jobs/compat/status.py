"""A job's status in one word, as the older systems have it: there a job and its execution are one
thing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, OuterRef, Q, QuerySet, Subquery, Value, When

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
ACTIVE = "ACTIVE"


@dataclass(frozen=True)
class JobWithStatus:
    """A job, its status, and when its newest run started."""

    job: Job
    status: str
    last_run: datetime | None


def job_with_status(job_id: uuid.UUID, actor: Actor) -> JobWithStatus:
    """Two queries: the unarchived job of this id; raises JobNotFound."""
    job = job_by_id(job_id, actor=actor)
    return _told(_with_status(Job.objects.filter(pk=job.pk)))[0]


def told_page(
    *, actor: Actor, status: str = "", task: str = "", after: uuid.UUID | None, limit: int
) -> list[JobWithStatus]:
    """One query: unarchived jobs by id, beyond ``after``.

    ``status``: one of WORDS or ACTIVE, that is not paused.
    """
    jobs = _wanted(actor, status, task)
    if after:
        jobs = jobs.filter(pk__gt=after)
    return _told(jobs.order_by("pk")[:limit])


def told_count(*, actor: Actor, status: str = "", task: str = "") -> int:
    """One query: how many there are, counted up to 1,001 and no further."""
    return capped_count(_wanted(actor, status, task))


def _wanted(actor: Actor, status: str, task: str) -> QuerySet[Job]:
    jobs = _with_status(visible_jobs(actor).filter(archived_at=None))
    if task:
        jobs = jobs.filter(task=task)
    if status == ACTIVE:
        return jobs.filter(enabled=True)
    return jobs.filter(Q(status=status)) if status else jobs


def _with_status(jobs: QuerySet[Job]) -> QuerySet[Job]:
    newest = Run.objects.filter(job=OuterRef("pk")).order_by("-id")
    fields = {"newest_state": "state", "newest_attempt": "attempt", "newest_start": "started_at"}
    jobs = jobs.annotate(
        **{name: Subquery(newest.values(field)[:1]) for name, field in fields.items()}
    )
    whens = [When(rule, then=Value(word)) for word, rule in RULES]
    return jobs.annotate(status=Case(*whens, default=Value("PENDING"), output_field=CharField()))


def _told(jobs: QuerySet[Job]) -> list[JobWithStatus]:
    rows: Iterable[Job] = jobs.select_related("state")
    return [JobWithStatus(job, vars(job)["status"], vars(job)["newest_start"]) for job in rows]
