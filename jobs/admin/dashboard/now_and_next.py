"""What runs now, and what the next hour brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.look.times import Moment, duration, moment, roughly
from jobs.admin.look.times import due as due_at
from jobs.models import Job, Run
from jobs.queries import pages_dashboard as read

MINUTES = 60
SHOWN = 8


@dataclass(frozen=True)
class RunningRow:
    """``share`` (0 to 100) is how far it is, as it says itself, else by its usual duration; None: nobody knows."""

    id: str
    job: str
    url: str
    started: Moment
    elapsed: str
    usual: str
    share: int | None
    is_over_usual: bool
    says: str
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
    elapsed = max(timedelta(), now - (run.started_at or now))
    usual = timedelta(milliseconds=run.job.health.p50_ms) if run.job.health.p50_ms else None
    reported = reported_share(run.progress)
    by_time = min(99, int(100 * elapsed / usual)) if usual else None
    return RunningRow(
        id=str(run.pk),
        job=run.job.name,
        url=reverse("admin:jobs_run_change", args=[run.pk]),
        started=moment(run.started_at, now, run.job.timezone),
        elapsed=roughly(elapsed.total_seconds()),
        usual=duration(usual.total_seconds()) if usual else "",
        share=by_time if reported is None else reported,
        is_over_usual=bool(usual and elapsed > 2 * usual),
        says=said(run.progress),
        worker=run.worker,
        cancel_url="" if run.cancel_requested_at else reverse("admin:jobs_run_cancel", args=[run.pk]),
    )


def reported_share(progress: object) -> int | None:
    """Of a task that reports ``current`` and ``total``, between 0 and 100."""
    if not isinstance(progress, dict):
        return None
    current, total = progress.get("current"), progress.get("total")
    if not isinstance(current, int | float) or not isinstance(total, int | float) or total <= 0:
        return None
    return int(max(0, min(100, 100 * current / total)))


def said(progress: object) -> str:
    return str(progress.get("message") or "")[:200] if isinstance(progress, dict) else ""


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
