"""The list of jobs: a filter, a page found by key, the newest run of each job on it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.admin.look import paging
from jobs.admin.look.badges import ON, Badge, job_badge, run_badge
from jobs.admin.look.schedule import sentence
from jobs.admin.look.times import Moment, due, moment
from jobs.dispatch import registry
from jobs.models import Job, Run
from jobs.queries.pages_jobs import ORDERS, JobFilter, jobs_page, newest_runs, queue_names
from jobs.queries.pages_keyset import KeysetPage

STATES = [("enabled", "on"), ("paused", "paused"), ("broken", "broken"), ("archived", "archived")]
# How a cursor's values are read, for each order.
READERS: dict[str, list[Callable[[str], Any]]] = {
    "name": [paging.plain, uuid.UUID],
    "next": [paging.aware, uuid.UUID],
}
SORTS = [("name", "by name"), ("next", "due next first")]


@dataclass(frozen=True)
class LastRun:
    badge: Badge
    when: Moment
    url: str


@dataclass(frozen=True)
class JobRow:
    """One line of the list, ready to print; ``badge`` is None for a job that is simply on."""

    id: str
    name: str
    url: str
    tags: list[str]
    task: str
    badge: Badge | None
    sentence: str
    schedule: str
    next: Moment
    note: str
    last: LastRun | None
    is_paused: bool
    is_archived: bool


def listing(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The page's context: three queries."""
    wanted = wanted_jobs(request)
    actor = actor_of(request)
    page = jobs_page(
        wanted, actor=actor, after=_cursor(request, "after", wanted), before=_cursor(request, "before", wanted)
    )
    runs = newest_runs(page.rows)
    return {
        "rows": [job_row(job, runs.get(job.pk), now) for job in page.rows],
        "pager": _pager(request, wanted, page),
        "search": wanted.search,
        "filters": filters(wanted, actor),
        "is_filtered": wanted != JobFilter(order=wanted.order),
    }


def wanted_jobs(request: HttpRequest) -> JobFilter:
    """The filter in the address; what is not known there is no restriction."""
    state, order = paging.parameter(request, "state"), paging.parameter(request, "order")
    return JobFilter(
        search=paging.parameter(request, "q"),
        state=state if state in dict(STATES) else "",
        queue=paging.parameter(request, "queue"),
        task=paging.parameter(request, "task"),
        order=order if order in ORDERS else "name",
    )


def filters(wanted: JobFilter, actor: Actor) -> list[dict[str, Any]]:
    """The select boxes above the list."""
    queues = [(name, name) for name in queue_names(actor)]
    tasks = [(name, name) for name in registry.registered()]
    return [
        {"name": "state", "label": "State", "any": "any state", "value": wanted.state, "choices": STATES},
        {"name": "queue", "label": "Queue", "any": "any queue", "value": wanted.queue, "choices": queues},
        {"name": "task", "label": "Task", "any": "any task", "value": wanted.task, "choices": tasks},
        {"name": "order", "label": "Order", "any": "", "value": wanted.order, "choices": SORTS},
    ]


def job_row(job: Job, run: Run | None, now: datetime) -> JobRow:
    badge = job_badge(job)
    return JobRow(
        id=str(job.pk),
        name=job.name,
        url=reverse("admin:jobs_job_detail", args=[job.pk]),
        tags=job.tags,
        task=job.task,
        badge=None if badge is ON else badge,
        sentence=sentence(job),
        schedule=job.schedule,
        next=due(job.state.next_run_at, now, job.timezone),
        note=note(job, now),
        last=last_run(run, now) if run else None,
        is_paused=not job.enabled,
        is_archived=job.archived_at is not None,
    )


def note(job: Job, now: datetime) -> str:
    """Why nothing is planned, where that is so."""
    if job.archived_at or job.state.next_run_at:
        return ""
    if job.state.schedule_error:
        return job.state.schedule_error
    return _pause(job, now) if not job.enabled else _no_more(job)


def _pause(job: Job, now: datetime) -> str:
    by = f"paused by {job.paused_by}" if job.paused_by else "paused"
    reason = f": “{job.paused_reason}”" if job.paused_reason else ""
    until = f", until {moment(job.paused_until, now, job.timezone).text}" if job.paused_until else ""
    return f"{by}{reason}{until}"


def _no_more(job: Job) -> str:
    return "only when asked" if job.schedule.strip() == "@manual" else "no more occurrences"


def last_run(run: Run, now: datetime) -> LastRun:
    when = run.finished_at or run.started_at or run.created_at
    return LastRun(run_badge(run), moment(when, now), reverse("admin:jobs_run_change", args=[run.pk]))


def _cursor(request: HttpRequest, name: str, wanted: JobFilter) -> list[Any] | None:
    return paging.decode(request.GET.get(name, ""), READERS[wanted.order])


def _pager(request: HttpRequest, wanted: JobFilter, page: KeysetPage[Job]) -> paging.Pager:
    if not page.rows:
        return paging.Pager()
    first, last = (paging.encode(_key(job, wanted.order)) for job in (page.rows[0], page.rows[-1]))
    return paging.pager(request, first, last, more_before=page.more_before, more_after=page.more_after)


def _key(job: Job, order: str) -> list[object]:
    return [job.state.next_run_at if order == "next" else job.name, job.pk]
