"""The notices, newest first: what was told, to whom, and what came of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.admin.look import paging
from jobs.admin.look.badges import Badge
from jobs.admin.look.times import Moment, moment
from jobs.models import Notice, NoticeState
from jobs.queries.notices.outbox import NoticeFilter, NoticeNotFound, find_notice, notice_page
from jobs.queries.paging import KeysetPage

READS = "beatwright.view_notice"
BADGES = {
    NoticeState.WAITING: Badge("waiting", "schedule", "neutral", "is sent when it is due"),
    NoticeState.SENT: Badge("sent", "check_circle", "good", "its channel took it"),
    NoticeState.COUNTED: Badge("counted", "functions", "neutral", "told in another notice"),
    NoticeState.DROPPED: Badge("dropped", "block", "neutral", "no longer needed"),
    NoticeState.FAILED: Badge("failed", "cancel", "bad", "not taken within a day of tries"),
}
RETRYING = Badge("retrying", "autorenew", "warn", "a try failed; the next one is planned")


@dataclass(frozen=True)
class NoticeRow:
    url: str
    title: str
    badge: Badge
    channel: str
    route: str
    kind: str
    job: str
    job_url: str
    run_url: str
    attempts: int
    made: Moment
    next: Moment | None
    sent: Moment
    answer: str


def notices_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """One query, whatever their number."""
    actor = actor_of(request)
    actor.require(READS)
    wanted = _wanted(request)
    after, before = (paging.identifier(request, name) for name in ("after", "before"))
    page = notice_page(wanted, actor=actor, after=after, before=before)
    context = {
        "title": "Notices",
        "rows": [notice_row(notice, timezone.now()) for notice in page.rows],
        "pager": _pager(request, page),
        "filters": _filters(wanted),
        "wanted": wanted,
        "is_filtered": wanted != NoticeFilter(),
    }
    return TemplateResponse(
        request, "console/notice/notices.html", site.each_context(request) | context
    )


def notice_page_view(site: AdminSite, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One notice with its text, and what it carries of others."""
    actor = actor_of(request)
    actor.require(READS)
    try:
        notice = find_notice(pk, actor=actor)
    except NoticeNotFound as error:
        raise Http404("This notice does not exist.") from error
    context = {
        "title": notice.title,
        "crumbs": [("Notices", reverse("beatwright:notices"))],
        "row": notice_row(notice, timezone.now()),
        "text": notice.text,
        "id": str(notice.pk),
    }
    return TemplateResponse(
        request, "console/notice/notice.html", site.each_context(request) | context
    )


def notice_row(notice: Notice, now: datetime) -> NoticeRow:
    is_waiting = notice.state == NoticeState.WAITING
    job, run = notice.job, notice.run_id
    return NoticeRow(
        url=reverse("beatwright:notice", args=[notice.pk]),
        title=notice.title,
        badge=RETRYING if is_waiting and notice.attempts else BADGES[NoticeState(notice.state)],
        channel=notice.channel_name,
        route=notice.route_name,
        kind=notice.kind,
        job=job.name if job else "",
        job_url=reverse("beatwright:beatwright_job_detail", args=[job.pk]) if job else "",
        run_url=reverse("beatwright:beatwright_run_change", args=[run]) if run else "",
        attempts=notice.attempts,
        made=moment(notice.created_at, now),
        next=moment(notice.next_at, now) if is_waiting else None,
        sent=moment(notice.sent_at, now, absent="not sent"),
        answer=notice.answer,
    )


def _wanted(request: HttpRequest) -> NoticeFilter:
    """The filter in the address; what is not known there is no restriction."""
    state = paging.parameter(request, "state")
    return NoticeFilter(
        state=state if state in NoticeState.values else "",
        channel=paging.parameter(request, "channel"),
        route=paging.parameter(request, "route"),
    )


def _pager(request: HttpRequest, page: KeysetPage[Notice]) -> paging.Pager:
    if not page.rows:
        return paging.Pager()
    first, last = (str(page.rows[at].pk) for at in (0, -1))
    return paging.pager(
        request, first, last, more_before=page.more_before, more_after=page.more_after
    )


def _filters(wanted: NoticeFilter) -> list[dict[str, Any]]:
    choices = [(state.value, BADGES[state].word) for state in NoticeState]
    return [
        {
            "name": "state",
            "label": "State",
            "any": "any state",
            "value": wanted.state,
            "choices": choices,
        }
    ]
