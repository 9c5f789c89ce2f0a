"""What the pages of the night are narrowed to, in whose zone they are, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from jobs.access.actor import Actor
from jobs.admin.look import paging
from jobs.admin.look.times import clock, viewer_times, zone_of
from jobs.moments import is_near, iso, read_moment
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.jobs.listing import queue_names
from jobs.queries.night.rules import usual_zone

TO_SEE = ("beatwright.view_job", "beatwright.view_run")


@dataclass(frozen=True)
class Axis:
    """A moment on an axis; ``text`` is short, ``title`` says all."""

    iso: str
    text: str
    title: str


def night_filter(request: HttpRequest) -> JobFilter:
    """The text, the queue and the tag in the address."""
    return JobFilter(
        search=paging.parameter(request, "q"),
        queue=paging.parameter(request, "queue"),
        tag=paging.parameter(request, "tag").lstrip("#"),
    )


def filter_boxes(wanted: JobFilter, actor: Actor) -> list[dict[str, Any]]:
    """One query: the box of queues."""
    names = queue_names(actor=actor)
    if wanted.queue and wanted.queue not in names:
        names.insert(0, wanted.queue)
    choices = [(name, name) for name in names]
    return [
        {
            "name": "queue",
            "label": "Queue",
            "any": "any queue",
            "value": wanted.queue,
            "choices": choices,
        }
    ]


def night_zone(wanted: JobFilter, actor: Actor) -> ZoneInfo:
    """The zone of the page: the viewer's, UTC, or with Job the one that most of the jobs have, for
    one query.
    """
    shown = viewer_times()
    if shown.choice == "job":
        return zone_of(usual_zone(wanted, actor=actor))
    return zone_of(shown.zone_for("UTC"))


def moment_in(request: HttpRequest, name: str, zone: ZoneInfo) -> datetime | None:
    """A moment in the address, to the minute, of ``zone`` where it names none; None for anything
    else.
    """
    try:
        found = read_moment(request.GET.get(name, ""), zone)
    except ValueError:
        return None
    return found.replace(second=0, microsecond=0) if is_near(found) else None


def axis(moment: datetime, zone: ZoneInfo, text: str) -> Axis:
    local = moment.astimezone(zone)
    return Axis(iso(moment), text, f"{local:%A} {clock(local, local)}, {local:%d %B %Y}")
