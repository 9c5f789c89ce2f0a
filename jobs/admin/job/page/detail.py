"""One job: how it has been doing, when it is due, what stands in its way, and how it is
configured.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.admin.job.buttons.in_the_way import told_in_the_way
from jobs.admin.job.page.bars import run_bars
from jobs.admin.job.page.config import config
from jobs.admin.job.page.heat import DAYS, heat
from jobs.admin.job.page.revealing import reveal_url
from jobs.admin.job.page.stats import job_stats
from jobs.admin.look.badges import job_badge
from jobs.admin.look.schedule import Calendared, SchedulePanel, preview
from jobs.admin.look.times import Moment, due, moment, viewer_times
from jobs.admin.run.list.listing import run_list_row
from jobs.declaring.standing import declared_at
from jobs.models import Job, Run, RunState
from jobs.queries.attention.misses import newest_misses
from jobs.queries.jobs.page import ErrorGroup, error_groups, last_change, newest_runs_of
from jobs.queries.site.rollups import job_days
from jobs.queries.why.job import why_job
from jobs.redaction.redactor import masked

UPCOMING = 20
LISTED = 10
SKIPS_SHOWN = 5
# What needs no saying at the top of the page: the job is well, or its badge and its next run say
# it.
NOT_IN_THE_WAY = frozenset(
    {"running", "not_due", "manual", "before_start", "last_skipped", "archived", "retrying"}
)


@dataclass(frozen=True)
class SkippedRow:
    """A skipped run, which may stand for many occurrences."""

    id: str
    url: str
    when: Moment
    until: Moment | None
    count: int
    reason: str
    other_url: str
    rerun_url: str


@dataclass(frozen=True)
class ErrorRow:
    url: str
    run_url: str
    error: str
    count: int
    first: Moment
    last: Moment


def job_change_mark(job: Job, now: datetime) -> str:
    """Changes whenever the page would, and once a minute for what else may stand in the job's
    way.
    """
    return repr((last_change(job), int(now.timestamp()) // 60))


def job_detail(request: HttpRequest, job: Job, now: datetime) -> dict[str, Any]:
    """The page's context: at most 7 queries beside the job's own, 6 where nothing of it is open; 2
    more where its runs may not overlap."""
    runs = newest_runs_of(job)
    days = job_days(job, DAYS, now=now)
    days_shown = heat(days, request.GET.get("heat", ""))
    reason = why_job(job, now=now, runs=runs).reasons[0]
    live = reverse("beatwright:beatwright_job_live", args=[job.pk])
    return {
        "job": job,
        "badge": job_badge(job),
        "live_url": f"{live}?heat={days_shown.kind}",
        "next": due(job.state.next_run_at, now, job.timezone),
        "in_the_way": told_in_the_way(job, now),
        "why": reason if reason.code not in NOT_IN_THE_WAY else None,
        "preview": job_preview(job, now),
        "declared": declared_at(job),
        "config": config(job, now),
        "params": json.dumps(masked(job.params), indent=2, ensure_ascii=False),
        "rows": [run_list_row(run, now) for run in runs[:LISTED]],
        "bars": run_bars(runs, now),
        "heat": days_shown,
        "stats": job_stats(days),
        "misses": [(miss, moment(miss.at, now, job.timezone)) for miss in newest_misses(job)],
        "skips": [skip(run, job, now, {each.pk for each in runs}) for run in skipped(runs)],
        "errors": [error_row(group, job, now) for group in error_groups(job)],
        "runs_url": f"{reverse('beatwright:beatwright_run_changelist')}?job={job.pk}",
        "reveal_url": reveal_url(actor_of(request), job),
        "history_url": reverse("beatwright:beatwright_job_history", args=[job.pk]),
        "can_rerun": actor_of(request).may("beatwright.rerun_run"),
        "is_paused": not job.enabled,
        "is_archived": job.archived_at is not None,
    }


def job_preview(job: Job, now: datetime) -> SchedulePanel:
    """What the scheduler makes of the job's rule, from where it counts."""
    return preview(
        job.schedule,
        job.timezone,
        now,
        anchor=job.state.anchor,
        starts_at=job.starts_at,
        ends_at=job.ends_at,
        day_rule=job.day_rule,
        one_off=job.one_off,
        count=UPCOMING,
        mine=viewer_times().zone,
        calendars=Calendared(job.calendars, job.calendar_policy, job.tags),
    )


def skipped(runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.state == RunState.SKIPPED][:SKIPS_SHOWN]


def skip(run: Run, job: Job, now: datetime, known: set[uuid.UUID]) -> SkippedRow:
    """``known``: runs that are there, and so have a page."""
    until = (
        moment(run.skipped_until, now, job.timezone)
        if run.skipped_until and run.skipped_count > 1
        else None
    )
    return SkippedRow(
        id=str(run.pk),
        url=reverse("beatwright:beatwright_run_change", args=[run.pk]),
        when=moment(run.scheduled_for, now, job.timezone),
        until=until,
        count=run.skipped_count,
        reason=run.reason,
        other_url=reverse("beatwright:beatwright_run_change", args=[run.other_run])
        if run.other_run in known
        else "",
        rerun_url=""
        if job.archived_at
        else reverse("beatwright:beatwright_run_rerun", args=[run.pk]),
    )


def error_row(group: ErrorGroup, job: Job, now: datetime) -> ErrorRow:
    return ErrorRow(
        url=reverse("beatwright:dead_group", args=[group.fingerprint or "none"]),
        run_url=reverse("beatwright:beatwright_run_change", args=[group.newest]),
        error=group.error or "no message",
        count=group.count,
        first=moment(group.first_seen, now, job.timezone),
        last=moment(group.last_seen, now, job.timezone),
    )
