"""The alerts page: one state at a time, by cause; one cause; and the history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from jobs.access.actor import Actor, actor_of
from jobs.admin.alert.rows import Matter, alert_row, group_row
from jobs.admin.look import paging
from jobs.models import AlertState
from jobs.queries.attention.alert_groups import alert_groups, numbers_of_alerts
from jobs.queries.attention.alerts import alerts_in, closed_alerts
from jobs.queries.paging import capped

MOST = 100
TITLES = {
    AlertState.OPEN: "Open",
    AlertState.ACKNOWLEDGED: "Acknowledged",
    AlertState.SNOOZED: "Snoozed",
    AlertState.CLOSED: "History",
}
EMPTY = {
    AlertState.OPEN: (
        "Nothing needs attention",
        "What fails, is late or is not as its job expects is listed here, one row for each cause.",
    ),
    AlertState.ACKNOWLEDGED: (
        "Nothing is being investigated",
        "An alert that you acknowledge is kept here until it is over.",
    ),
    AlertState.SNOOZED: (
        "Nothing is snoozed",
        "An alert that you acknowledge until some time is kept here until then.",
    ),
    AlertState.CLOSED: ("No alert has been closed yet", "What is over is kept here for a while."),
}


def alert_list(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Three queries for the numbers, one or two for the rows."""
    actor, state = actor_of(request), wanted_state(request)
    cause = request.GET.get("cause", "").replace("\0", "")[:300]
    title, text = EMPTY[state]
    if state == AlertState.CLOSED:
        found = _history(request, actor, now)
    else:
        rows = _rows(actor, state, cause, now)
        found = {"rows": rows[:MOST], "more": len(rows) > MOST}
    return found | {
        "tabs": _tabs(actor, state),
        "state": state.value,
        "cause": cause,
        "here": request.get_full_path() if "_f/" not in request.path else _page_of(request),
        "empty_title": title,
        "empty_text": text,
        "may_act": actor.may("beatwright.change_alert"),
        "rights": {
            "acknowledge": actor.may("beatwright.change_alert") and state == AlertState.OPEN,
            "run": actor.may("beatwright.run_job"),
            "pause": actor.may("beatwright.pause_job"),
            "rerun": actor.may("beatwright.rerun_run"),
        },
    }


def wanted_state(request: HttpRequest) -> AlertState:
    """The state in the address; the open ones for any other text."""
    text = request.GET.get("state", "")
    return AlertState(text) if text in AlertState.values else AlertState.OPEN


def _page_of(request: HttpRequest) -> str:
    """The address of the page whose rows a fragment renders."""
    return reverse("beatwright:alerts") + paging.link(request)


def _rows(actor: Actor, state: AlertState, cause: str, now: datetime) -> list[Matter]:
    if cause:
        alerts = alerts_in(state, MOST + 1, actor=actor, cause=cause)
        return [alert_row(alert, now) for alert in alerts]
    groups = alert_groups(state, MOST + 1, actor=actor)
    return [group_row(group, now, state) for group in groups]


def _history(request: HttpRequest, actor: Actor, now: datetime) -> dict[str, Any]:
    after, before = (
        paging.decode(request.GET.get(name, ""), (paging.aware, int))
        for name in ("after", "before")
    )
    page = closed_alerts(actor=actor, after=after, before=before)
    ends = [paging.encode((row.closed_at, row.pk)) for row in (page.rows[:1] + page.rows[-1:])]
    pager = (
        paging.pager(
            request, ends[0], ends[-1], more_before=page.more_before, more_after=page.more_after
        )
        if ends
        else paging.Pager()
    )
    return {"rows": [alert_row(alert, now) for alert in page.rows], "pager": pager}


def _tabs(actor: Actor, here: AlertState) -> list[dict[str, Any]]:
    numbers = numbers_of_alerts(actor)
    address = reverse("beatwright:alerts")
    return [
        {
            "label": title,
            "state": state.value,
            "number": capped(numbers[state.value]) if state.value in numbers else "",
            "url": f"{address}?state={state.value}",
            "is_here": state == here,
        }
        for state, title in TITLES.items()
    ]
