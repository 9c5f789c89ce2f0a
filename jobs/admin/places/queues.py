"""The queues: what waits in each, who takes from it, and whether somebody has paused it.

Pause and resume.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.actions.queues import pause_queue, resume_queue
from jobs.admin.look import live
from jobs.admin.look.times import Moment, moment
from jobs.errors import DomainError
from jobs.models import Queue
from jobs.queries.jobs.listing import queue_names
from jobs.queries.site import dashboard as read
from jobs.queries.site.change_token import change_token
from jobs.queries.workers import live_workers

PAUSES = {"": None, "1": timedelta(hours=1), "4": timedelta(hours=4), "24": timedelta(days=1)}


@dataclass(frozen=True)
class QueueRow:
    """``more`` says that the depth is at least that; ``pause`` says by whom and why, empty while
    the queue is open.
    """

    name: str
    depth: int
    more: bool
    oldest: Moment
    consumers: int
    is_unserved: bool
    pause: str
    paused: Moment
    until: Moment


def queues_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor_of(request).require("beatwright.view_queue")
    context = {
        "title": "Queues",
        "live_url": reverse("beatwright:queues_fragment"),
        **queues_context(request, timezone.now()),
    }
    return TemplateResponse(
        request, "console/places/queues.html", site.each_context(request) | context
    )


def queues_fragment(request: HttpRequest) -> HttpResponse:
    """The table alone, for the page's own refresh."""
    actor_of(request).require("beatwright.view_queue")
    now = timezone.now()
    return live.answer(
        request,
        change_token(now=now),
        lambda: TemplateResponse(
            request, "console/places/_queues.html", queues_context(request, now)
        ),
    )


def queues_context(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """Four queries: what waits, what people decided, which queues jobs name, who works."""
    actor = actor_of(request)
    waiting = read.queued(actor=actor)
    known = {queue.name: queue for queue in read.known_queues()}
    fleet = live_workers(now=now)
    served = {
        name: len(fleet.consumers(name)) for worker in fleet.workers for name in worker.queues
    }
    names = sorted({"default", *waiting.by_queue, *known, *queue_names(actor=actor), *served})
    found = [
        queue_row(known.get(name) or Queue(name=name), waiting, now, consumers=served.get(name, 0))
        for name in names
    ]
    return {"rows": found, "can_pause": actor.may_everywhere("beatwright.pause_queue")}


def queue_row(queue: Queue, waiting: read.Queued, now: datetime, *, consumers: int = 0) -> QueueRow:
    here = waiting.by_queue.get(queue.name, read.Waiting())
    by = f"by {queue.paused_by}" if queue.paused_by else "by an unknown user"
    why = f": “{queue.paused_reason}”" if queue.paused_reason else ""
    return QueueRow(
        name=queue.name,
        depth=here.count,
        more=waiting.is_capped,
        oldest=moment(here.since, now, absent="nothing is waiting"),
        consumers=consumers,
        is_unserved=bool(here.count and not consumers),
        pause=f"{by}{why}" if queue.paused_at else "",
        paused=moment(queue.paused_at, now),
        until=moment(queue.paused_until, now, absent="until it is resumed"),
    )


def pause(request: HttpRequest, name: str) -> HttpResponse:
    """POST ``reason`` and ``hours`` (empty: until somebody resumes it)."""
    actor_of(request).require_everywhere("beatwright.pause_queue")
    now = timezone.now()
    reason, span = request.POST.get("reason", "").strip(), PAUSES.get(request.POST.get("hours", ""))
    try:
        pause_queue(
            name,
            actor=actor_of(request),
            reason=reason,
            until=now + span if span else None,
            now=now,
        )
        messages.success(request, f"Paused the queue {name}.")
    except DomainError as error:
        messages.error(request, f"{name}: {error}")
    return HttpResponseRedirect(reverse("beatwright:queues"))


def resume(request: HttpRequest, name: str) -> HttpResponse:
    actor_of(request).require_everywhere("beatwright.pause_queue")
    try:
        resume_queue(name, actor=actor_of(request), now=timezone.now())
        messages.success(request, f"Resumed the queue {name}.")
    except DomainError as error:
        messages.error(request, f"{name}: {error}")
    return HttpResponseRedirect(reverse("beatwright:queues"))
