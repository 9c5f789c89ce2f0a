"""How a job is configured: every field, by what it is about."""

from __future__ import annotations

import json
from datetime import datetime

from django.urls import reverse
from django.utils.html import format_html

from jobs.admin.job.page.retry_waits import waits
from jobs.admin.look.times import moment
from jobs.dispatch.pools import pool_of
from jobs.models import Job
from jobs.redaction.redactor import metadata_redactor
from jobs.words import duration

Facts = list[tuple[str, str]]
NOT_SET = "not set"


def config(job: Job, now: datetime) -> list[tuple[str, Facts]]:
    """Headings with labels and texts."""
    return [
        ("What", _what(job)),
        ("When", _when(job, now)),
        ("Policies", _policies(job)),
        ("Record", _record(job, now)),
    ]


def _what(job: Job) -> Facts:
    return [
        ("Task", job.task),
        ("Queue", job.queue),
        ("Priority", f"{job.priority:+d}" if job.priority else "normal"),
        ("Pool", _pool(job)),
        ("Resources", ", ".join(f"{name} {value}" for name, value in job.resources.items()) or NOT_SET),
    ]


def _pool(job: Job) -> str:
    """What its runs draw on, as a link to where that is shown."""
    name = pool_of(job)
    return (
        format_html('<a class="c-link" href="{}#pool-{}">{}</a>', reverse("admin:pools"), name, name)
        if name
        else NOT_SET
    )


def _when(job: Job, now: datetime) -> Facts:
    return [
        ("Schedule", job.schedule),
        ("Time zone", job.timezone),
        ("Not before", moment(job.starts_at, now, job.timezone).text or NOT_SET),
        ("Not after", moment(job.ends_at, now, job.timezone).text or NOT_SET),
        ("Jitter", f"up to {duration(job.jitter_seconds)}" if job.jitter_seconds else "none"),
    ]


def _policies(job: Job) -> Facts:
    return [
        ("Missed occurrences", f"{job.get_misfire_policy_display()}, back to {duration(job.misfire_window_seconds)}"),
        ("While one runs", job.get_overlap_policy_display()),
        ("Retries", _retries(job)),
        ("Time limit", duration(job.timeout_seconds) if job.timeout_seconds else "none"),
        ("Memory limit", f"{job.memory_limit_mb:,} MB" if job.memory_limit_mb else "as set for all jobs"),
        ("Process", "replaced after each run" if job.fresh_process else "shared with other runs, one after another"),
        ("Runs are kept", f"{job.retention_days} days" if job.retention_days else "as set for all jobs"),
    ]


def _retries(job: Job) -> str:
    count = "as the task declares" if job.max_retries is None else str(job.max_retries or "none")
    pace = waits(job.max_retries, job.retry_backoff_seconds, job.retry_backoff_max_seconds, job.retry_jitter)
    return f"{count}. {pace}" if pace else count


def _metadata(job: Job) -> str:
    shown = metadata_redactor(vars(job)).json(job.metadata)
    return json.dumps(shown, ensure_ascii=False) if shown else "none"


def _record(job: Job, now: datetime) -> Facts:
    return [
        ("Owner", job.owner or NOT_SET),
        ("Comes from", job.source or "this console or the API"),
        ("Metadata", _metadata(job)),
        ("Version", f"{job.version}, saved {moment(job.updated_at, now).relative}"),
        ("Created", moment(job.created_at, now, job.timezone).text),
        ("Id", str(job.pk)),
    ]
