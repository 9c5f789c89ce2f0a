"""The workers: who is up, who has fallen silent, what each takes and how busy it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs import conf
from jobs.access.actor import actor_of
from jobs.admin.look import live
from jobs.admin.look.badges import Badge
from jobs.admin.look.times import Moment, moment
from jobs.models import Worker
from jobs.queries.pages_dashboard import present_workers

UP = Badge("up", "check_circle", "good", "it was heard of a moment ago")
SILENT = Badge("silent", "heart_broken", "bad", "it has neither been heard of nor said goodbye")


@dataclass(frozen=True)
class WorkerRow:
    name: str
    badge: Badge
    heard: Moment
    started: Moment
    queues: list[str]
    busy: int
    slots: int
    flower_url: str

    @property
    def is_up(self) -> bool:
        return self.badge is UP


def page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor_of(request).require("jobs.view_run")
    context = {"title": "Workers", "live_url": reverse("admin:workers_fragment"), "rows": worker_rows(timezone.now())}
    return TemplateResponse(request, "console/places/workers.html", site.each_context(request) | context)


def fragment(request: HttpRequest) -> HttpResponse:
    """The table alone, for the page's own refresh: sent again after every heartbeat, whose age it shows."""
    actor_of(request).require("jobs.view_run")
    rows = worker_rows(timezone.now())
    mark = repr([(row.name, row.badge.word, row.heard.iso, row.busy) for row in rows])
    return live.answer(request, mark, lambda: TemplateResponse(request, "console/places/_workers.html", {"rows": rows}))


def worker_rows(now: datetime) -> list[WorkerRow]:
    """One query; those that fell silent come first."""
    heard_since = now - timedelta(seconds=conf.get().worker_silent_seconds)
    found = [_row(worker, worker.heartbeat_at >= heard_since, now) for worker in present_workers()]
    return sorted(found, key=lambda row: row.is_up)


def _row(worker: Worker, is_up: bool, now: datetime) -> WorkerRow:
    return WorkerRow(
        name=worker.name,
        badge=UP if is_up else SILENT,
        heard=moment(worker.heartbeat_at, now),
        started=moment(worker.started_at, now),
        queues=worker.queues,
        busy=worker.busy,
        slots=worker.concurrency,
        flower_url=f"/flower/worker/{quote(worker.name)}",
    )
