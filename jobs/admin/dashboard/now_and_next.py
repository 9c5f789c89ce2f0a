"""What runs now, and what the next hour brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.look.progress import ProgressRow, progress_row
from jobs.admin.look.times import Moment
from jobs.admin.look.times import due as due_at
from jobs.models import Job, Run
from jobs.queries.jobs.upcoming import Upcoming, due_after_that, due_within_the_hour
from jobs.queries.site import dashboard as read

MINUTES = 60
SHOWN = 8


@dataclass(frozen=True)
class RunningRow:
    id: str
    job: str
    url: str
    progress: ProgressRow | None
    worker: str
    cancel_url: str


@dataclass(frozen=True)
class DueRow:
    """``times``: how often the job is due within the hour."""

    id: str
    job: str
    url: str
    next: Moment
    queue: str
    times: int


@dataclass(frozen=True)
class MinuteBar:
    """One minute of the strip: where it stands and how high, in the strip's own units, and what it
    says.
    """

    x: int
    height: int
    label: str


@dataclass(frozen=True)
class NextHour:
    """``rows`` are of jobs that are due within the hour, ``rest`` is how many more; ``later`` is
    due after it.
    """

    rows: list[DueRow]
    rest: int
    bars: list[MinuteBar]
    total: str
    later: DueRow | None


def running_rows(actor: Actor, now: datetime) -> list[RunningRow]:
    return [running_row(run, now) for run in read.running(actor=actor)]


def running_row(run: Run, now: datetime) -> RunningRow:
    return RunningRow(
        id=str(run.pk),
        job=run.job.name,
        url=reverse("beatwright:beatwright_run_change", args=[run.pk]),
        progress=progress_row(run, now),
        worker=run.worker,
        cancel_url=""
        if run.cancel_requested_at
        else reverse("beatwright:beatwright_run_cancel", args=[run.pk]),
    )


def due(actor: Actor, now: datetime) -> NextHour:
    found = due_within_the_hour(now, actor=actor)
    later = due_after_that(now, actor=actor) if not found.jobs else None
    return NextHour(
        rows=[
            due_row(due.job, due.moments[0], len(due.moments), now) for due in found.jobs[:SHOWN]
        ],
        rest=max(0, len(found.jobs) - SHOWN),
        bars=minute_bars([moment for due in found.jobs for moment in due.moments], now),
        total=due_total(found),
        later=due_row(later, later.state.next_run_at, 1, now) if later else None,
    )


def due_total(found: Upcoming) -> str:
    """``at least 5,000 runs of 17 jobs``."""
    runs, jobs = found.count, len(found.jobs)
    told = f"{runs:,} run{'' if runs == 1 else 's'} of {jobs:,} job{'' if jobs == 1 else 's'}"
    return told if found.is_whole else f"at least {told}"


def due_row(job: Job, when: datetime | None, times: int, now: datetime) -> DueRow:
    url = reverse("beatwright:beatwright_job_detail", args=[job.pk])
    return DueRow(str(job.pk), job.name, url, due_at(when, now, job.timezone), job.queue, times)


def minute_bars(moments: list[datetime], now: datetime) -> list[MinuteBar]:
    """One bar a minute, the highest 24 units high; a minute in which nothing is due keeps a trace
    of one.
    """
    counts = [0] * MINUTES
    for due_moment in moments:
        counts[min(MINUTES - 1, int((due_moment - now).total_seconds() // 60))] += 1
    most = max(counts)
    return [
        MinuteBar(
            8 * minute,
            max(2, round(24 * count / most)) if count else 1,
            f"in {minute} min: {count:,} due",
        )
        for minute, count in enumerate(counts)
    ]
