"""The list of jobs: a page found by key, with each job's health and the newest run."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.access.visible import visible_jobs
from jobs.admin.job.list.filtering import chips, job_filters, views, wanted_jobs, wanted_order
from jobs.admin.job.page.stats import WORTH_SAYING
from jobs.admin.look import paging
from jobs.admin.look.badges import ACTIVE, Badge, job_badge, run_badge
from jobs.admin.look.schedule import rule_in_words
from jobs.admin.look.strip import Strip, legend, strip
from jobs.admin.look.times import Moment, due, moment
from jobs.admin.saved.views import saved_views
from jobs.models import Health, Job, JobHealth, ListNoun, Run
from jobs.queries.jobs.filter import near_names
from jobs.queries.jobs.listing import (
    MEASURES,
    NEXT,
    PROBLEMS,
    found_jobs,
    key_of,
    newest_runs,
    page_of_found,
)
from jobs.queries.paging import KeysetPage, capped
from jobs.words import duration, roughly

# How a cursor's values are read, for each order.
READERS: dict[str, list[Callable[[str], Any]]] = {
    PROBLEMS: [int, paging.comparable_text, uuid.UUID],
    "name": [paging.comparable_text, uuid.UUID],
    NEXT: [paging.aware, uuid.UUID],
    **{f"-{measure}": [int, uuid.UUID] for measure in MEASURES},
}
TROUBLES = {
    Health.FAILING: Badge("failing", "cancel", "bad", "its latest runs failed"),
    Health.LATE: Badge("late", "schedule", "bad", "due, but not started"),
    Health.MISSED: Badge("missed", "event_busy", "warn", "occurrences were missed and did not run"),
    Health.STUCK: Badge("stuck", "hourglass_disabled", "warn", "running much longer than usual"),
}


@dataclass(frozen=True)
class Change:
    """How p95 has changed, where that is worth saying."""

    text: str
    tone: str
    title: str = "p95 of the last 30 whole days against the 30 before"


@dataclass(frozen=True)
class LastRun:
    badge: Badge
    when: Moment
    url: str


@dataclass(frozen=True)
class JobListRow:
    """One line of the list, ready to print; ``badges`` is empty for a job that is simply active and
    well.
    """

    id: str
    name: str
    url: str
    tags: list[str]
    task: str
    badges: list[Badge]
    sentence: str
    schedule: str
    next: Moment
    note: str
    last: LastRun | None
    strip: Strip
    usual: str
    change: Change | None
    is_paused: bool
    is_archived: bool


def page_of_jobs(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The rows: three queries; one of them to guess what was meant, where there are none."""
    wanted, order = wanted_jobs(request), wanted_order(request)
    actor = actor_of(request)
    found = found_jobs(wanted, actor=actor)
    page = page_of_found(
        found,
        order,
        after=_cursor(request, "after", order),
        before=_cursor(request, "before", order),
    )
    runs = newest_runs(page.rows) if page.rows else {}
    here = reverse("beatwright:beatwright_job_changelist") + paging.link(request)
    return {
        "rows": [job_row(job, runs.get(job.pk), now) for job in page.rows],
        "pager": _pager(request, order, page),
        "count": capped(found.count),
        "chips": chips(request, wanted),
        "near": near_names(visible_jobs(actor), wanted.search)
        if wanted.search and not page.rows
        else [],
        "here": here,
        "back": quote(here, safe=""),
    }


def around(request: HttpRequest) -> dict[str, Any]:
    """What stands around the rows: three queries."""
    wanted = wanted_jobs(request)
    return {
        **saved_views(request, ListNoun.JOBS),
        "search": wanted.search,
        "tag": wanted.tag,
        "filters": job_filters(wanted, wanted_order(request), actor_of(request)),
        "views": views(request, wanted),
        "legend": legend(),
        "live_url": reverse("beatwright:beatwright_fragment") + paging.link(request),
    }


def job_row(job: Job, run: Run | None, now: datetime) -> JobListRow:
    return JobListRow(
        id=str(job.pk),
        name=job.name,
        url=reverse("beatwright:beatwright_job_detail", args=[job.pk]),
        tags=job.tags,
        task=job.task,
        badges=badges(job),
        sentence=rule_in_words(job),
        schedule=job.schedule,
        next=due(job.state.next_run_at, now, job.timezone),
        note=note(job, now),
        last=last_run(run, now) if run else None,
        strip=strip(job.health.recent_runs, now),
        usual=usual(job.health),
        change=change_of(job.health),
        is_paused=not job.enabled,
        is_archived=job.archived_at is not None,
    )


def badges(job: Job) -> list[Badge]:
    own, trouble = job_badge(job), TROUBLES.get(job.health.health)
    return [badge for badge in (trouble, own) if badge and badge is not ACTIVE]


def usual(health: JobHealth) -> str:
    """``41 s / 1 min 10 s``: half of the successful runs took no longer, 95 of 100 no longer."""
    if health.p50_ms is None or health.p95_ms is None:
        return ""
    return " / ".join(_briefly(ms / 1000) for ms in (health.p50_ms, health.p95_ms))


def change_of(health: JobHealth) -> Change | None:
    """``+18 %``; None for less than what is worth saying, and where too few runs were counted."""
    percent = health.change_percent
    if percent is None or abs(percent) < WORTH_SAYING:
        return None
    return Change(f"{percent:+,d} %", "warn" if percent > 0 else "good")


def _briefly(seconds: float) -> str:
    return roughly(seconds) if seconds >= 600 else duration(seconds)


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
    until = (
        f", until {moment(job.paused_until, now, job.timezone).text}" if job.paused_until else ""
    )
    return f"{by}{reason}{until}"


def _no_more(job: Job) -> str:
    return "manual only" if job.schedule.strip() == "@manual" else "no more occurrences"


def last_run(run: Run, now: datetime) -> LastRun:
    when = run.finished_at or run.started_at or run.created_at
    return LastRun(
        run_badge(run),
        moment(when, now),
        reverse("beatwright:beatwright_run_change", args=[run.pk]),
    )


def _cursor(request: HttpRequest, name: str, order: str) -> list[Any] | None:
    return paging.decode(request.GET.get(name, ""), READERS[order])


def _pager(request: HttpRequest, order: str, page: KeysetPage[Job]) -> paging.Pager:
    if not page.rows:
        return paging.Pager()
    first, last = (paging.encode(key_of(job, order)) for job in (page.rows[0], page.rows[-1]))
    return paging.pager(
        request, first, last, more_before=page.more_before, more_after=page.more_after
    )
