"""The list of runs: what it shows and says of them, at a cost that does not grow with their
number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import actor_of
from jobs.admin.look import paging
from jobs.admin.look.badges import Badge, run_badge, run_legend
from jobs.admin.look.times import Moment, Took, moment, took
from jobs.admin.run.list.acting import address_for_all, run_buttons
from jobs.admin.run.list.columns import Cell, Column, cells, chosen_columns, column_choices
from jobs.admin.run.list.filtering import older, run_chips, run_filters, wanted_runs
from jobs.admin.saved.views import saved_views
from jobs.models import ListNoun, Run, RunState
from jobs.queries.paging import capped
from jobs.queries.runs.filter import RunFilter
from jobs.queries.runs.listing import RunsPage, count_runs, runs_page


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


@dataclass(frozen=True)
class FoundRun:
    """One line of the list that is searched, with the columns that its reader has chosen."""

    id: str
    url: str
    peek_url: str
    short: str
    job: str
    badge: Badge
    cells: list[Cell]


def run_list(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The rows and what stands at their foot: four queries at the most, and two where no index
    answers what is asked for.
    """
    wanted, columns = wanted_runs(request, now), chosen_columns(request)
    actor = actor_of(request)
    after, before = (paging.identifier(request, name) for name in ("after", "before"))
    names = [column.name for column in columns]
    page = runs_page(
        wanted,
        actor=actor,
        after=after,
        before=before,
        more_fields=["params"] if "params" in names else [],
    )
    return {
        "rows": [found_run(run, columns, now) for run in page.rows],
        "columns": columns,
        "pager": _pager(request, page),
        "found": _found(wanted, page, request),
        "state": wanted.state,
        "searched_to": moment(page.searched_to, now) if page.searched_to else None,
        "older_url": older(request, wanted) if wanted.since and not page.more_after else "",
        "is_filtered": _is_filtered(request, wanted),
        "can_act": bool(run_buttons(request)),
    }


def around_runs(request: HttpRequest, columns: Sequence[Column], now: datetime) -> dict[str, Any]:
    """What stands around the rows: two queries, and one where a job is asked for."""
    wanted = wanted_runs(request, now)
    names = [column.name for column in columns]
    here = reverse("beatwright:beatwright_run_changelist") + paging.link(request)
    return {
        **run_filters(request, wanted, actor_of(request)),
        **saved_views(request, ListNoun.RUNS, names),
        "chips": run_chips(request, wanted, now),
        "views": VIEWS,
        "column_choices": column_choices(columns),
        "legend": run_legend(),
        "buttons": run_buttons(request),
        "all_url": address_for_all(request),
        "here": here,
        "csv_url": reverse("beatwright:runs_csv") + paging.link(request, after="", before=""),
        "live_url": reverse("beatwright:runs_fragment") + paging.link(request),
    }


VIEWS = [
    ("All", "?"),
    ("Failed", "?state=failed"),
    ("Running", "?state=running"),
    ("Over five minutes", "?duration=%3E5m"),
    ("By hand", "?trigger=manual"),
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


def found_run(run: Run, columns: Sequence[Column], now: datetime) -> FoundRun:
    return FoundRun(
        id=str(run.pk),
        url=reverse("beatwright:beatwright_run_change", args=[run.pk]),
        peek_url=reverse("beatwright:beatwright_run_peek", args=[run.pk]),
        short=str(run.pk)[-8:],
        job=run.job.name,
        badge=run_badge(run),
        cells=list(cells(run, columns, now)),
    )


def _is_filtered(request: HttpRequest, wanted: RunFilter) -> bool:
    return any(request.GET.get(name) for name in request.GET if name not in {"columns", "window"})


def _found(wanted: RunFilter, page: RunsPage, request: HttpRequest) -> str:
    """How many match, in words; one query."""
    count, is_all = count_runs(wanted, actor=actor_of(request))
    if not is_all:
        return f"{capped(count)} of the runs searched"
    return f"{capped(count)} run{'' if count == 1 else 's'}"


def _pager(request: HttpRequest, page: RunsPage) -> paging.Pager:
    first, last = (str(place) if place else "" for place in (page.first, page.last))
    return paging.pager(
        request,
        first,
        last,
        more_before=page.more_before and bool(first),
        more_after=page.more_after and bool(last),
    )
