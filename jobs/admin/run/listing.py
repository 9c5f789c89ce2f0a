"""The list of runs, newest first: two queries at the most, whatever the number of runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.access.visible import visible_jobs
from jobs.admin.look import paging
from jobs.admin.look.badges import STATE_CHOICES, Badge, run_badge, run_legend
from jobs.admin.look.times import Moment, Took, moment, took
from jobs.models import Run, RunState, Trigger
from jobs.queries.jobs.listing import queue_names
from jobs.queries.runs.listing import SEARCHED, RunFilter, RunsPage, runs_page


@dataclass(frozen=True)
class RunListRow:
    """One line of a list of runs, ready to print."""

    id: str
    url: str
    short: str
    badge: Badge
    job: str
    job_url: str
    trigger: str
    queue: str
    scheduled: Moment
    took: Took
    attempt: int
    note: str


def run_list(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The page's context: the runs, the queues' names and, where one job is asked for, its name."""
    wanted = wanted_runs(request)
    actor = actor_of(request)
    after, before = (paging.identifier(request, name) for name in ("after", "before"))
    page = runs_page(wanted, actor=actor, after=after, before=before)
    return {
        "live_url": f"{reverse('beatwright:runs_fragment')}{paging.link(request)}",
        "rows": [run_list_row(run, now) for run in page.rows],
        "pager": _pager(request, page),
        "is_partial": page.is_partial,
        "searched": f"{SEARCHED:,}",
        "filters": run_filters(wanted, actor),
        "job": visible_jobs(actor).filter(pk=wanted.job_id).only("name").first()
        if wanted.job_id
        else None,
        "without_job_url": paging.link(request, job="", after="", before=""),
        "is_filtered": wanted != RunFilter(),
        "legend": run_legend(),
    }


def wanted_runs(request: HttpRequest) -> RunFilter:
    """The filter in the address; raises UnknownWord."""
    return RunFilter(
        state=paging.parameter(request, "state"),
        job_id=paging.identifier(request, "job"),
        queue=paging.parameter(request, "queue"),
        trigger=paging.parameter(request, "trigger"),
    )


def run_filters(wanted: RunFilter, actor: Actor) -> list[dict[str, Any]]:
    queues = [(name, name) for name in queue_names(actor=actor)]
    return [
        {
            "name": "state",
            "label": "State",
            "any": "any state",
            "value": wanted.state,
            "choices": STATE_CHOICES,
        },
        {
            "name": "queue",
            "label": "Queue",
            "any": "any queue",
            "value": wanted.queue,
            "choices": queues,
        },
        {
            "name": "trigger",
            "label": "Trigger",
            "any": "any trigger",
            "value": wanted.trigger,
            "choices": Trigger.choices,
        },
    ]


def run_list_row(run: Run, now: datetime) -> RunListRow:
    return RunListRow(
        id=str(run.pk),
        url=reverse("beatwright:beatwright_run_change", args=[run.pk]),
        short=str(run.pk)[-8:],
        badge=run_badge(run),
        job=run.job.name,
        job_url=reverse("beatwright:beatwright_job_detail", args=[run.job_id]),
        trigger=run.trigger,
        queue=run.queue,
        scheduled=moment(run.scheduled_for, now, run.job.timezone),
        took=took(run.started_at, run.finished_at, now, goes_on=run.state == RunState.RUNNING),
        attempt=run.attempt,
        note=run.error or run.reason,
    )


def _pager(request: HttpRequest, page: RunsPage) -> paging.Pager:
    if page.first is None:
        return paging.Pager()
    first, last = str(page.first), str(page.last)
    return paging.pager(
        request, first, last, more_before=page.more_before, more_after=page.more_after
    )
