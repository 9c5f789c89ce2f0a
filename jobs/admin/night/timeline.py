"""The timeline: what ran, what runs and what is expected, to scale, and how many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import actor_of
from jobs.admin.look import live, paging
from jobs.admin.night import drawing, span
from jobs.admin.night.filtering import TO_SEE, filter_boxes, night_filter, night_zone
from jobs.admin.night.pictures import step_line
from jobs.queries.bounded import at_most
from jobs.queries.night.load import Span, at_once, coarser, peak_of
from jobs.queries.night.timeline import TimelineBar, timeline_bars
from jobs.queries.site.change_token import change_token

READ_WITHIN_SECONDS = 5.0
CURVE_WIDTH, CURVE_HEIGHT, CURVE_COLUMNS = 1_000, 56, 360
GROUPED = {"job": "by job", "queue": "by queue", "worker": "by worker"}
KEPT = ("from", "to", "span")


@dataclass(frozen=True)
class Curve:
    """How many run at once; ``x`` and ``y`` are of the peak, ``anchor`` on which side its words
    stand.
    """

    line: str
    peak: int
    at: str
    x: float
    y: float
    anchor: str

    @property
    def area(self) -> str:
        """The line closed along the ground."""
        return f"0,{CURVE_HEIGHT} {self.line} {CURVE_WIDTH},{CURVE_HEIGHT}"


def timeline_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    context = timeline_context(request, timezone.now(), is_whole_page=True)
    return TemplateResponse(
        request, "console/night/timeline.html", site.each_context(request) | context
    )


def timeline_fragment(request: HttpRequest) -> HttpResponse:
    """The picture alone, for the page's own refresh."""
    now = timezone.now()
    return live.answer(
        request,
        change_token(now=now, ahead=timedelta(days=7)),
        lambda: TemplateResponse(
            request,
            "console/night/_timeline.html",
            timeline_context(request, now, is_whole_page=False),
        ),
    )


def timeline_context(request: HttpRequest, now: datetime, *, is_whole_page: bool) -> dict[str, Any]:
    """Seven queries at the most."""
    actor = actor_of(request)
    for permission in TO_SEE:
        actor.require(permission)
    wanted = night_filter(request)
    by = request.GET.get("by", "")
    by = by if by in drawing.BY else "job"
    with at_most(READ_WITHIN_SECONDS):
        zone = night_zone(wanted, actor)
        shown = span.span_of(request, zone, now)
        found = timeline_bars(wanted, shown.start, shown.end, actor=actor, now=now)
        boxes = filter_boxes(wanted, actor) if is_whole_page else []
    rows = drawing.timeline_rows(found.bars, by, shown, zone, now)
    return {
        "title": "Timeline",
        "wanted": wanted,
        "filters": [_grouping(by), *boxes],
        "kept": [(name, text) for name in KEPT if (text := request.GET.get(name, "")[:40])],
        "clear": paging.link(request, q="", queue="", tag=""),
        "live_url": reverse("beatwright:timeline_fragment") + paging.link(request),
        "zone": zone.key,
        "heading": heading(shown, zone),
        "shown": shown,
        "ticks": list(span.ticks(shown, zone)),
        "now_x": shown.x(now) if shown.start <= now < shown.end else None,
        "rows": rows,
        "curve": curve(found.bars, shown, zone),
        "is_whole": found.is_whole,
        "legend": drawing.timeline_legend(),
        "by": by,
    } | _steps(request, shown)


def heading(shown: span.TimeSpan, zone: ZoneInfo) -> str:
    """``Mon 30 Nov 21:00 – Tue 1 Dec 09:00``."""
    start, end = (at.astimezone(zone) for at in (shown.start, shown.end))
    first = f"{start:%a} {start.day} {start:%b %H:%M}"
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a} {end.day} {end:%b %H:%M}"
    return f"{first} – {last}"


def curve(bars: Sequence[TimelineBar], shown: span.TimeSpan, zone: ZoneInfo) -> Curve:
    """From all bars within the span, drawn or not."""
    spans = [
        Span(
            max(0.0, shown.seconds(bar.begins)),
            min(shown.seconds(bar.ends), shown.seconds(shown.end)),
        )
        for bar in bars
        if bar.ran
    ]
    steps = at_once(spans)
    peak = peak_of(steps)
    seconds = shown.length.total_seconds()
    at = (shown.start + timedelta(seconds=round(peak.at))).astimezone(zone)
    x = round(100 * peak.at / seconds, 2)
    return Curve(
        line=step_line(
            coarser(steps, seconds, CURVE_COLUMNS), seconds, peak.count, CURVE_WIDTH, CURVE_HEIGHT
        ),
        peak=peak.count,
        at=f"{at:%H:%M}",
        x=x,
        y=0,
        anchor="end" if x > 70 else "start",
    )


def _steps(request: HttpRequest, shown: span.TimeSpan) -> dict[str, Any]:
    return {
        "zooms": span.zooms(request, shown),
        "earlier": span.shifted(request, shown, -0.5),
        "later": span.shifted(request, shown, 0.5),
        "closer": span.next_zoom(request, shown, closer=True),
        "wider": span.next_zoom(request, shown, closer=False),
        "around_now": paging.link(request, to="", **{"from": ""}),
    }


def _grouping(by: str) -> dict[str, Any]:
    choices = list(GROUPED.items())
    return {"name": "by", "label": "Rows", "any": "", "value": by, "choices": choices}
