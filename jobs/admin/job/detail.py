"""One job: what it is, when it is due, what became of its newest runs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.urls import reverse

from jobs.access.masking import masked
from jobs.admin.job.listing import note
from jobs.admin.look.badges import job_badge
from jobs.admin.look.schedule import Preview, preview
from jobs.admin.look.times import due, duration, moment
from jobs.admin.run.listing import run_row
from jobs.models import Job
from jobs.queries.pages_jobs import recent_runs


def detail(job: Job, now: datetime) -> dict[str, Any]:
    """The page's context: one query beside the job's own."""
    return {
        "job": job,
        "badge": job_badge(job),
        "note": note(job, now),
        "next": due(job.state.next_run_at, now, job.timezone),
        "preview": job_preview(job, now),
        "facts": facts(job, now),
        "params": json.dumps(masked(job.params), indent=2, ensure_ascii=False),
        "rows": [run_row(run, now) for run in recent_runs(job)],
        "runs_url": f"{reverse('admin:jobs_run_changelist')}?job={job.pk}",
        "history_url": reverse("admin:jobs_job_history", args=[job.pk]),
        "is_paused": not job.enabled,
        "is_archived": job.archived_at is not None,
    }


def job_preview(job: Job, now: datetime) -> Preview:
    """What the scheduler makes of the job's rule, from where it counts."""
    anchor = job.state.anchor
    return preview(job.schedule, job.timezone, now, anchor=anchor, starts_at=job.starts_at, ends_at=job.ends_at)


def facts(job: Job, now: datetime) -> list[tuple[str, str]]:
    """Label and text; what has its default and says nothing is left out."""
    every = [
        ("Schedule", job.schedule),
        ("Time zone", job.timezone),
        ("Task", job.task),
        ("Queue", job.queue),
        ("Priority", str(job.priority)),
        ("Retries", _retries(job)),
        ("Missed occurrences", f"{job.get_misfire_policy_display()}, back to {duration(job.misfire_window_seconds)}"),
        ("Not before", _window(job.starts_at, now, job.timezone)),
        ("Not after", _window(job.ends_at, now, job.timezone)),
        ("Jitter", f"up to {duration(job.jitter_seconds)}" if job.jitter_seconds else ""),
        ("Owner", job.owner),
        ("Comes from", job.source),
        ("Version", f"{job.version}, saved {moment(job.updated_at, now).relative}"),
    ]
    return [(label, text) for label, text in every if text]


def _window(edge: datetime | None, now: datetime, zone: str) -> str:
    return moment(edge, now, zone).text if edge else ""


def _retries(job: Job) -> str:
    if job.max_retries is None:
        return "as the task declares"
    wait = f", first after {duration(job.retry_backoff_seconds)}" if job.retry_backoff_seconds else ""
    return f"{job.max_retries}{wait}" if job.max_retries else "none"
