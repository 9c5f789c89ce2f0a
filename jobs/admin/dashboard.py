"""The first page: is it healthy, what is broken, what is next?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from jobs.access.actor import Actor
from jobs.admin.look.badges import Badge, run_badge
from jobs.admin.look.times import Moment, between, due, moment
from jobs.models import Job, Run
from jobs.queries import pages_dashboard as read


@dataclass(frozen=True)
class Tile:
    label: str
    number: str
    note: str
    icon: str
    tone: str
    url: str


@dataclass(frozen=True)
class RunRow:
    job: str
    url: str
    badge: Badge
    when: Moment
    elapsed: str
    note: str


@dataclass(frozen=True)
class DueRow:
    job: str
    url: str
    next: Moment
    queue: str


def panels(actor: Actor, now: datetime) -> dict[str, Any]:
    """Everything the page shows: eight queries, the newest runs and jobs only for those who may see them."""
    sees_runs, sees_jobs = actor.may("jobs.view_run"), actor.may("jobs.view_job")
    has_jobs = read.has_jobs()
    return {
        "first_steps": not has_jobs,
        "can_add_job": actor.may("jobs.add_job"),
        "tiles": tiles(actor, now) if sees_runs and has_jobs else [],
        "running": [running_row(run, now) for run in read.running(actor=actor)] if sees_runs and has_jobs else [],
        "due": [due_row(job, now) for job in read.due_next(actor=actor)] if sees_jobs and has_jobs else [],
        "failures": [failure_row(run, now) for run in read.last_failures(actor=actor)]
        if sees_runs and has_jobs
        else [],
    }


def tiles(actor: Actor, now: datetime) -> list[Tile]:
    runs = reverse("admin:jobs_run_changelist")
    running, queued = read.running_count(actor), read.queued_count(actor)
    failed = read.failed_count(now - timedelta(hours=1), actor)
    return [
        Tile("Running", capped(running), "at this moment", "play_circle", "info", f"{runs}?state=running"),
        Tile(
            "Queued", capped(queued), "waiting for a worker", "schedule", "neutral", f"{runs}?state=queued"
        ),
        Tile(
            "Failed", capped(failed), "in the last hour", "cancel" if failed else "check_circle",
            "bad" if failed else "good", f"{runs}?state=failed",
        ),
    ]  # fmt: skip


def capped(count: int) -> str:
    return f"{read.CAP:,}+" if count > read.CAP else f"{count:,}"


def running_row(run: Run, now: datetime) -> RunRow:
    return _row(run, moment(run.started_at, now), between(run.started_at, now), run.worker)


def failure_row(run: Run, now: datetime) -> RunRow:
    return _row(run, moment(run.finished_at, now), between(run.started_at, run.finished_at), run.error or run.reason)


def _row(run: Run, when: Moment, elapsed: str, note: str) -> RunRow:
    return RunRow(run.job.name, reverse("admin:jobs_run_change", args=[run.pk]), run_badge(run), when, elapsed, note)


def due_row(job: Job, now: datetime) -> DueRow:
    url = reverse("admin:jobs_job_detail", args=[job.pk])
    return DueRow(job.name, url, due(job.state.next_run_at, now, job.timezone), job.queue)
