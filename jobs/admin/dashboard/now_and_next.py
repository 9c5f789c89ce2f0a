"""What runs now, and what the next hour brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.look.progress import Progress, progress
from jobs.admin.look.times import Moment
from jobs.admin.look.times import due as due_at
from jobs.models import Job, Run
from jobs.queries import pages_dashboard as read

MINUTES = 60
SHOWN = 8


@dataclass(frozen=True)
class RunningRow:
    id: str
    job: str
    url: str
    progress: Progress | None
    worker: str
    cancel_url: str


@dataclass(frozen=True)
class DueRow:
    id: str
    job: str
    url: str
    next: Moment
    queue: str


@dataclass(frozen=True)
class Bar:
    """One minute of the strip: where it stands and how high, in the strip's own units, and what it says."""

    x: int
    height: int
    label: str


@dataclass(frozen=True)
class NextHour:
    rows: list[DueRow]
    bars: list[Bar]
    total: str


def running(actor: Actor, now: datetime) -> list[RunningRow]:
    return [running_row(run, now) for run in read.running(actor=actor)]


def running_row(run: Run, now: datetime) -> RunningRow:
    return RunningRow(
        id=str(run.pk),
        job=run.job.name,
        url=reverse("admin:jobs_run_change", args=[run.pk]),
        progress=progress(run, now),
        worker=run.worker,
        cancel_url="" if run.cancel_requested_at else reverse("admin:jobs_run_cancel", args=[run.pk]),
    )


def due(actor: Actor, now: datetime) -> NextHour:
    moments = read.due_moments(now, actor=actor)
    total = f"{read.CAP:,}+" if len(moments) > read.CAP else f"{len(moments):,}"
    return NextHour([due_row(job, now) for job in read.due_next(SHOWN, actor=actor)], bars(moments, now), total)


def due_row(job: Job, now: datetime) -> DueRow:
    url = reverse("admin:jobs_job_detail", args=[job.pk])
    return DueRow(str(job.pk), job.name, url, due_at(job.state.next_run_at, now, job.timezone), job.queue)


def bars(moments: list[datetime], now: datetime) -> list[Bar]:
    """One bar a minute, the highest 24 units high; a minute in which nothing is due keeps a trace of one."""
    counts = [0] * MINUTES
    for due_moment in moments:
        counts[min(MINUTES - 1, int((due_moment - now).total_seconds() // 60))] += 1
    most = max(counts)
    return [
        Bar(8 * minute, max(2, round(24 * count / most)) if count else 1, f"in {minute} min: {count} due")
        for minute, count in enumerate(counts)
    ]
