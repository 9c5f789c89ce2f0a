"""The first page put together: which panels there are for whom, and its refresh."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.admin.alert.rows import attention_rows
from jobs.admin.dashboard import now_and_next, places, steps, throughput, tiles
from jobs.admin.dashboard.panel import Panel, panel
from jobs.admin.look import live
from jobs.queries.bounded import at_most
from jobs.queries.jobs.upcoming import AHEAD
from jobs.queries.site import dashboard as read
from jobs.queries.site.change_token import change_token

READ_WITHIN_SECONDS = 2.0


def context(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """The whole page: thirteen queries, and up to two more while nothing has ever run."""
    with at_most(READ_WITHIN_SECONDS):
        panels = _panels(request, now)
    window = throughput.window_of(request)
    return {
        "panels": panels,
        "live_url": f"{reverse('beatwright:dashboard_fragment')}?window={window.label}",
        "rights": _rights(request),
        "is_new": steps.is_new(panels),
        "is_partial": any(each.error for each in panels.values()),
    }


def dashboard_fragment(request: HttpRequest) -> HttpResponse:
    """The panels alone; with one missing they are asked for again, whether or not anything has
    changed.
    """
    now = timezone.now()
    found: dict[str, Any] = {}

    def render() -> HttpResponse:
        found.update(context(request, now))
        return TemplateResponse(request, "console/dashboard/_panels.html", found)

    response = live.answer(request, change_token(now=now, ahead=AHEAD), render)
    if found.get("is_partial"):
        del response.headers["ETag"]
    return response


def _panels(request: HttpRequest, now: datetime) -> dict[str, Panel]:
    actor = actor_of(request)
    sees_runs, sees_jobs = actor.may("beatwright.view_run"), actor.may("beatwright.view_job")
    waiting = panel("queued", partial(read.queued, actor=actor)) if sees_runs else Panel()
    found: dict[str, Panel] = {}
    if sees_runs and sees_jobs:
        found |= tiles.panels(waiting, actor, now)
        found["attention"] = panel("attention", partial(attention_rows, actor, now))
    if sees_runs and sees_jobs and actor.tags is None:  # roll-ups count everybody's jobs
        found["throughput"] = panel(
            "throughput", partial(throughput.chart, throughput.window_of(request), now)
        )
    if sees_runs:
        found["running"] = panel("running", partial(now_and_next.running_rows, actor, now))
        found["queues"] = (
            panel("queues", partial(places.queues, waiting.data, now))
            if not waiting.error
            else waiting
        )
    if sees_jobs:
        found["next"] = panel("next", partial(now_and_next.due, actor, now))
    found["workers"] = panel("workers", partial(places.workers, now))
    if sees_runs and sees_jobs:
        found["steps"] = panel("steps", partial(steps.first_steps, found))
    return found


def _rights(request: HttpRequest) -> dict[str, bool]:
    allowed = actor_of(request).may
    return {
        "add": allowed("beatwright.add_job"),
        "run": allowed("beatwright.run_job"),
        "pause": allowed("beatwright.pause_job"),
        "rerun": allowed("beatwright.rerun_run"),
        "cancel": allowed("beatwright.cancel_run"),
        "acknowledge": allowed("beatwright.change_alert"),
    }
