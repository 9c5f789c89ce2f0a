"""What the first page reads: capped counts, what runs, is due next, failed last. Each is a bounded query."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from jobs.access.actor import SYSTEM, Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.models import Job, Leader, Run, RunState

CAP = 1_000
FAILED = (RunState.FAILED, RunState.TIMED_OUT)


def capped_count(runs: QuerySet[Run]) -> int:
    """How many there are, counted up to 1,001 and no further."""
    return len(runs.order_by().values_list("pk", flat=True)[: CAP + 1])


def running_count(actor: Actor = SYSTEM) -> int:
    return capped_count(visible_runs(actor).filter(state=RunState.RUNNING))


def queued_count(actor: Actor = SYSTEM) -> int:
    return capped_count(visible_runs(actor).filter(state=RunState.QUEUED))


def failed_count(since: datetime, actor: Actor = SYSTEM) -> int:
    """How many of the newest 1,001 failed, and of as many timed-out runs, ended after ``since``."""
    return sum(_ended_after(since, state, actor) for state in FAILED)


def _ended_after(since: datetime, state: RunState, actor: Actor) -> int:
    newest = visible_runs(actor).filter(state=state).newest_first().values_list("finished_at", flat=True)[: CAP + 1]
    return sum(1 for ended in newest if ended and ended >= since)


def running(limit: int = 10, *, actor: Actor = SYSTEM) -> list[Run]:
    """The runs at work, the longest first."""
    return list(
        visible_runs(actor).filter(state=RunState.RUNNING).order_by("id").select_related("job").defer("params")[:limit]
    )


def due_next(limit: int = 10, *, actor: Actor = SYSTEM) -> list[Job]:
    """The jobs that are due next, with their states."""
    jobs = visible_jobs(actor).filter(state__next_run_at__isnull=False).select_related("state")
    return list(jobs.order_by("state__next_run_at", "id").defer("params", "metadata")[:limit])


def last_failures(limit: int = 10, *, actor: Actor = SYSTEM) -> list[Run]:
    """The newest failed and timed-out runs, newest first: one index range per state."""
    found: list[Run] = []
    for state in FAILED:
        found += visible_runs(actor).filter(state=state).newest_first().select_related("job").defer("params")[:limit]
    return sorted(found, key=lambda run: run.id, reverse=True)[:limit]


def has_jobs() -> bool:
    return Job.objects.exists()


def last_lease() -> Leader | None:
    """The lease renewed last, whoever held it."""
    return Leader.objects.order_by("-expires_at").first()
