"""Spread…: the suggestion for a window, before and after, and its button."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.actions.bulk import begin_bulk
from jobs.admin.look import paging
from jobs.admin.night.filtering import filter_boxes, moment_in, night_filter, night_zone
from jobs.admin.night.pictures import LoadPicture, load_picture
from jobs.errors import DomainError, Forbidden
from jobs.models import BulkVerb
from jobs.moments import iso
from jobs.queries.bounded import at_most
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.night.load import Peak
from jobs.queries.night.spread import (
    LONGEST_WINDOW,
    Shift,
    SpreadPlan,
    SpreadWish,
    Way,
    plan_spread,
)
from jobs.queries.night.spreading import Load
from jobs.words import duration

TO_CHANGE = "beatwright.change_job"
SHOWN = 200
READ_WITHIN_SECONDS = 5.0
HOUR = timedelta(hours=1)
WITHIN = {"15": "15 min", "30": "30 min", "60": "1 h", "120": "2 h", "240": "4 h"}
USUALLY = "60"
WAYS = {
    Way.MINUTE.value: "own minute",
    Way.JITTER.value: "jitter",
}
TAKES = {"50": "p50 duration", "95": "p95 duration"}


@dataclass(frozen=True)
class SpreadRow:
    """One job that would start elsewhere."""

    id: str
    job: str
    url: str
    before: str
    after: str
    by: str


@dataclass(frozen=True)
class Side:
    """Before or after: its picture and its two peaks, each with when it is."""

    name: str
    picture: LoadPicture
    starts: str
    starts_at: str
    at_once: str
    at_once_at: str


def spread_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """GET: the suggestion; POST: do it, if it still is what was seen."""
    actor = actor_of(request)
    actor.require(TO_CHANGE)
    now, wanted = timezone.now(), night_filter(request)
    with at_most(READ_WITHIN_SECONDS):
        zone = night_zone(wanted, actor)
        wish = wish_of(request, zone, now)
        plan = plan_spread(wanted, wish, actor=actor)
    if request.method == "POST":
        return _apply(request, plan, actor, now)
    context = spread_context(request, wanted, wish, plan, zone, actor)
    return TemplateResponse(
        request, "console/night/spread.html", site.each_context(request) | context
    )


def wish_of(request: HttpRequest, zone: ZoneInfo, now: datetime) -> SpreadWish:
    """What the address asks for; the next whole hour unless it names a window, at most four hours
    of it.
    """
    start = (
        moment_in(request, "from", zone) or now.replace(minute=0, second=0, microsecond=0) + HOUR
    )
    end = moment_in(request, "to", zone) or start + HOUR
    end = min(max(end, start + timedelta(minutes=5)), start + LONGEST_WINDOW)
    within = request.GET.get("within", USUALLY)
    way = request.GET.get("way", "")
    return SpreadWish(
        start,
        end,
        timedelta(minutes=int(within if within in WITHIN else USUALLY)),
        Way(way if way in WAYS else Way.MINUTE.value),
        95 if request.GET.get("takes") == "95" else 50,
    )


def spread_context(
    request: HttpRequest,
    wanted: JobFilter,
    wish: SpreadWish,
    plan: SpreadPlan,
    zone: ZoneInfo,
    actor: Actor,
) -> dict[str, Any]:
    """One query beside the plan."""
    start = wish.start.astimezone(zone)
    end = wish.end.astimezone(zone)
    return {
        "title": "Spread starts",
        "crumbs": [("Forecast", reverse("beatwright:forecast") + _forecast_query(wanted, wish))],
        "wanted": wanted,
        "filters": [*filter_boxes(wanted, actor), *_boxes(wish)],
        "kept": [("from", iso(wish.start)), ("to", iso(wish.end))],
        "clear": paging.link(request, q="", queue="", tag=""),
        "window": f"{start:%A %d %B}, {start:%H:%M} – {end:%H:%M} {end:%Z}",
        "sides": sides(plan, zone),
        "ends": (f"{start:%H:%M}", f"{end:%H:%M}"),
        "plan": plan,
        "count": f"{len(plan.changes):,}",
        "jobs": f"{plan.jobs:,}",
        "rows": [_row(change, plan, zone) for change in plan.changes[:SHOWN]],
        "rest": max(0, len(plan.changes) - SHOWN),
        "left_out": plan.left_out[:SHOWN],
        "left_out_rest": max(0, len(plan.left_out) - SHOWN),
        "left_out_count": f"{len(plan.left_out):,}",
        "action": paging.link(request),
        "mark": spread_mark(plan.changes),
    }


def sides(plan: SpreadPlan, zone: ZoneInfo) -> list[Side]:
    most = max(*plan.before.heights, *plan.after.heights)
    return [
        _side("Now", plan.before, plan, most, zone),
        _side("Spread", plan.after, plan, most, zone),
    ]


def spread_mark(changes: Sequence[Shift]) -> str:
    """The same for the same suggestion."""
    text = json.dumps([change.fields() for change in changes])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _apply(request: HttpRequest, plan: SpreadPlan, actor: Actor, now: datetime) -> HttpResponse:
    here = HttpResponseRedirect(request.get_full_path())
    if not plan.changes or request.POST.get("mark") != spread_mark(plan.changes):
        messages.error(request, "Jobs have changed since. Check the new suggestion.")
        return here
    changes = [change.fields() for change in plan.changes]
    try:
        begun = begin_bulk(BulkVerb.RESCHEDULE, {}, {"changes": changes}, actor=actor, now=now)
    except Forbidden:
        raise
    except DomainError as error:
        messages.error(request, f"Not applied: {error}")
        return here
    return HttpResponseRedirect(reverse("beatwright:bulk_operation", args=[begun.pk]))


def _side(name: str, load: Load, plan: SpreadPlan, most: int, zone: ZoneInfo) -> Side:
    starts, at_once = load.most_starts, load.most_at_once
    return Side(
        name,
        load_picture(load.counts, load.steps, most),
        f"{starts.count:,}",
        _when(plan, 60 * starts.at, starts, zone),
        f"{at_once.count:,}",
        _when(plan, at_once.at, at_once, zone),
    )


def _when(plan: SpreadPlan, seconds: float, peak: Peak, zone: ZoneInfo) -> str:
    at = (plan.start + timedelta(seconds=round(seconds))).astimezone(zone)
    return f"{at:%H:%M}" if peak.count else ""


def _row(change: Shift, plan: SpreadPlan, zone: ZoneInfo) -> SpreadRow:
    is_jitter = change.name == "jitter_seconds"
    return SpreadRow(
        id=str(change.job.pk),
        job=change.job.name,
        url=reverse("beatwright:beatwright_job_detail", args=[change.job.pk]),
        before="no jitter" if is_jitter else str(change.before),
        after=f"jitter {duration(int(change.after))}" if is_jitter else str(change.after),
        by="" if is_jitter else f"{change.minutes} min later",
    )


def _boxes(wish: SpreadWish) -> list[dict[str, Any]]:
    within = str(int(wish.within / timedelta(minutes=1)))
    return [
        _box(
            "within",
            "Move by at most",
            within,
            [(key, f"at most {text}") for key, text in WITHIN.items()],
        ),
        _box("way", "How", wish.way.value, list(WAYS.items())),
        _box("takes", "A run takes", str(wish.percentile), list(TAKES.items())),
    ]


def _box(name: str, label: str, value: str, choices: list[tuple[str, str]]) -> dict[str, Any]:
    return {"name": name, "label": label, "any": "", "value": value, "choices": choices}


def _forecast_query(wanted: JobFilter, wish: SpreadWish) -> str:
    found = {"q": wanted.search, "queue": wanted.queue, "tag": wanted.tag}
    query = {name: value for name, value in found.items() if value}
    at = iso(wish.start)
    return f"?{urlencode(query | {'week': at, 'at': at})}#hour"
