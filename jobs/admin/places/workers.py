"""The workers: who is up, who has fallen silent, what each takes and how busy it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs import conf
from jobs.access.actor import actor_of
from jobs.access.roles import FLOWER
from jobs.actions.workers import shut_down_worker
from jobs.admin.look import live
from jobs.admin.look.badges import Badge
from jobs.admin.look.confirming import Confirmation, ask_to_confirm, is_sure
from jobs.admin.look.times import Moment, moment
from jobs.admin.navigation import in_flower
from jobs.errors import DomainError
from jobs.models import Worker
from jobs.queries.site.dashboard import present_workers
from jobs.queries.workers import find_worker

UP = Badge("up", "check_circle", "good", "sends heartbeats")
STOPPING = Badge("stopping", "power_settings_new", "warn", "was asked to shut down")
STUCK = Badge("stuck", "hourglass_disabled", "bad", "slots are taken by hung processes")
SHUT_DOWN = (
    "It stops taking work, lets running jobs finish within the grace time, then exits; the "
    "rest goes back to its "
    "queue. A process manager may restart it."
)
SILENT = Badge("silent", "heart_broken", "bad", "stopped sending heartbeats without shutting down")


@dataclass(frozen=True)
class WorkerRow:
    name: str
    badge: Badge
    heard: Moment
    started: Moment
    queues: list[str]
    busy: int
    stuck: int
    slots: int
    flower_url: str

    @property
    def is_up(self) -> bool:
        return self.badge is not SILENT

    @property
    def may_stop(self) -> bool:
        return self.badge in {UP, STUCK}


def workers_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor_of(request).require("beatwright.view_worker")
    context = {
        "title": "Workers",
        "live_url": reverse("beatwright:workers_fragment"),
        **_context(request),
    }
    return TemplateResponse(
        request, "console/places/workers.html", site.each_context(request) | context
    )


def workers_fragment(request: HttpRequest) -> HttpResponse:
    """The table alone, for the page's own refresh: sent again after every heartbeat, whose age it
    shows.
    """
    actor_of(request).require("beatwright.view_worker")
    context = _context(request)
    mark = repr(
        [(row.name, row.badge.word, row.heard.iso, row.busy, row.stuck) for row in context["rows"]]
    )
    return live.answer(
        request, mark, lambda: TemplateResponse(request, "console/places/_workers.html", context)
    )


def shut_down(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Asks; POST with ``sure``: ask the worker to end."""
    actor = actor_of(request)
    actor.require_everywhere("beatwright.control_worker")
    try:
        worker = find_worker(name)
        if not is_sure(request):
            return ask_to_confirm(
                site,
                request,
                shutdown_question(worker),
                [("Workers", reverse("beatwright:workers"))],
            )
        shut_down_worker(worker, actor=actor, now=timezone.now())
        messages.success(request, f"Asked {name} to shut down. It does so at its next heartbeat.")
    except DomainError as error:
        messages.error(request, f"{name}: {error}")
    return HttpResponseRedirect(reverse("beatwright:workers"))


def shutdown_question(worker: Worker) -> Confirmation:
    """What stands before shutting down a worker."""
    busy = (
        f"{worker.busy} of its {worker.concurrency} slots "
        f"{'is' if worker.busy == 1 else 'are'} busy."
    )
    return Confirmation(
        title=f"Shut down {worker.name}?",
        button="Shut down 1 worker",
        action=reverse("beatwright:worker_shutdown", args=[worker.name]),
        back=reverse("beatwright:workers"),
        says=[SHUT_DOWN, busy],
        icon="power_settings_new",
    )


def _context(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    return {
        "rows": worker_rows(timezone.now()),
        "can_stop": actor.may_everywhere("beatwright.control_worker"),
        "can_watch": actor.may_everywhere(FLOWER),
    }


def worker_rows(now: datetime) -> list[WorkerRow]:
    """One query; those that fell silent come first."""
    heard_since = now - timedelta(seconds=conf.get().worker_silent_seconds)
    found = [_row(worker, worker.heartbeat_at >= heard_since, now) for worker in present_workers()]
    return sorted(found, key=lambda row: row.is_up)


def _row(worker: Worker, is_up: bool, now: datetime) -> WorkerRow:
    return WorkerRow(
        name=worker.name,
        badge=_badge(worker, is_up),
        heard=moment(worker.heartbeat_at, now),
        started=moment(worker.started_at, now),
        queues=worker.queues,
        busy=worker.busy,
        stuck=worker.stuck,
        slots=worker.concurrency,
        flower_url=in_flower(f"worker/{quote(worker.name)}"),
    )


def _badge(worker: Worker, is_up: bool) -> Badge:
    if not is_up:
        return SILENT
    if worker.stuck:
        return STUCK
    return STOPPING if worker.stop_requested_at else UP
