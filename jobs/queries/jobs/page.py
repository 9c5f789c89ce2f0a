"""What the page of one job reads: the job with what surrounds it, its newest runs, its errors, its
versions.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs
from jobs.models import Job, JobVersion, Run

RUNS = 100
VERSIONS_MOST = 50
LOOKED_AT = 1_000


@dataclass(frozen=True)
class ErrorGroup:
    """Dead letters of one job with the same kind of error; ``newest`` is one of them."""

    fingerprint: str
    error: str
    count: int
    first_seen: datetime | None
    last_seen: datetime | None
    newest: uuid.UUID


def job_of(pk: uuid.UUID, actor: Actor) -> Job | None:
    """One query: the job with its state and health, if the actor sees it."""
    return visible_jobs(actor).select_related("state", "health").filter(pk=pk).first()


def newest_runs_of(job: Job, limit: int = RUNS) -> list[Run]:
    """One query: the job's newest runs, newest first."""
    # Through the job: each run knows it unasked.
    runs = job.runs.order_by("-id").defer("params", "resolution")
    return list(runs[:limit])


def last_change(job: Job) -> tuple[object, ...]:
    """One query: differs whenever a run of the job was made or moved on, or what is known of the
    job has changed.
    """
    newest = Run.objects.filter(job=job).newest_first()
    runs = list(newest.values_list("pk", "state", "attempt", "resolved_at")[:20])
    health = job.health
    return (
        job.updated_at,
        job.state.next_run_at,
        health.last_run_id,
        health.last_finished_at,
        health.trouble,
        runs,
    )


def versions_of(job: Job) -> list[JobVersion]:
    """One query: the newest 50 of the job's earlier versions, the newest first."""
    return list(JobVersion.objects.filter(job=job).order_by("-version")[:VERSIONS_MOST])


def error_groups(job: Job) -> list[ErrorGroup]:
    """One query: the dead letters among the job's newest 1,000 runs by kind of error, that of the
    newest first.
    """
    newest = Run.objects.filter(job=job).newest_first().values("pk")[:LOOKED_AT]
    dead = Run.objects.dead_letters().filter(pk__in=newest).newest_first()
    rows = list(dead.values_list("fingerprint", "error", "finished_at", "pk"))
    rank = {fingerprint: index for index, (fingerprint, *_) in reversed(list(enumerate(rows)))}
    ordered = sorted(rows, key=lambda row: rank[row[0]])
    return [_group(list(members)) for _, members in groupby(ordered, key=lambda row: row[0])]


def _group(rows: Sequence[tuple[str, str, datetime | None, uuid.UUID]]) -> ErrorGroup:
    fingerprint, _, _, newest = rows[0]
    error = next((error for _, error, _, _ in rows if error), "")
    seen = [finished_at for _, _, finished_at, _ in rows if finished_at]
    return ErrorGroup(
        fingerprint, error, len(rows), min(seen, default=None), max(seen, default=None), newest
    )
