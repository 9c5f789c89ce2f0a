"""The forecast: when jobs start in a week, hour by hour, and which jobs these are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import Actor, actor_of
from jobs.admin.look import paging
from jobs.admin.look.times import NONE, Moment, clock, moment
from jobs.admin.night import heatmap
from jobs.admin.night.filtering import TO_SEE, filter_boxes, moment_in, night_filter, night_zone
from jobs.models import Job
from jobs.moments import iso
from jobs.queries.bounded import at_most
from jobs.queries.jobs.filter import JobFilter
from jobs.queries.night.ended import ended_by_hour
from jobs.queries.night.forecast import (
    Forecast,
    Starting,
    StartingJob,
    starting_between,
    starts_by_minute,
)
from jobs.words import duration

LISTED = 200
HOUR, MINUTE, WEEK = timedelta(hours=1), timedelta(minutes=1), timedelta(days=7)
READ_WITHIN_SECONDS = 5.0


@dataclass(frozen=True)
class StartRow:
    """A job that starts in the hour or minute; ``times``: how often."""

    id: str
    job: str
    url: str
    queue: str
    first: Moment
    times: int
    usual: str
    zone: str


@dataclass(frozen=True)
class ChosenHour:
    """What the list below the week is of: an hour, or one of its minutes."""

    hour: datetime
    minute: datetime | None

    @property
    def span(self) -> tuple[datetime, datetime]:
        return (self.minute, self.minute + MINUTE) if self.minute else (self.hour, self.hour + HOUR)


def forecast_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    actor.require(TO_SEE[0])
    with at_most(READ_WITHIN_SECONDS):
        context = forecast_context(request, actor, timezone.now())
    context |= {"title": "Forecast"}
    return TemplateResponse(
        request, "console/night/forecast.html", site.each_context(request) | context
    )


def forecast_context(request: HttpRequest, actor: Actor, now: datetime) -> dict[str, Any]:
    """Eight queries at the most."""
    wanted = night_filter(request)
    zone = night_zone(wanted, actor)
    start = week_start(moment_in(request, "week", zone) or now, zone)
    end = following(start, zone)
    found = starts_by_minute(wanted, start, end, actor=actor)
    hours = heatmap.hours_of_week(found, zone)
    chosen = chosen_in(request, zone, hours, start, end)
    ended = ended_by_hour(wanted, start, min(end, now), actor=actor) if start < now else {}
    heat = heatmap.week_heat(
        hours,
        zone,
        lambda at: paging.link(request, at=iso(at), minute="") + "#hour",
        ended=ended,
        chosen=chosen.hour if chosen else None,
        now=now,
    )
    hour = hour_of(request, wanted, found, chosen, zone, actor, now) if chosen else {}
    return {
        "wanted": wanted,
        "filters": filter_boxes(wanted, actor),
        "kept": [("week", week)] if (week := request.GET.get("week", "")[:40]) else [],
        "clear": paging.link(request, q="", queue="", tag="", at="", minute=""),
        "zone": zone.key,
        "week": f"{start.astimezone(zone):%d %b} – {(end - HOUR).astimezone(zone):%d %b %Y}",
        "week_text": request.GET.get("week", "")[:40],
        "previous": _week_link(request, start - timedelta(days=3), zone),
        "next": _week_link(request, end + timedelta(days=3), zone),
        "this": paging.link(request, week="", at="", minute=""),
        "heat": heat,
        "facts": week_facts(found, hours, zone),
        "is_whole": found.is_whole,
        "jobs": found.jobs,
        **hour,
    }


def week_facts(
    found: Forecast, hours: Sequence[heatmap.HourOfWeek], zone: ZoneInfo
) -> list[tuple[str, str, str]]:
    """Name, figure, and when that is."""
    peak, at = heatmap.peak_in(found)
    most = heatmap.busiest(hours)
    when = f"{at.astimezone(zone):%a %H:%M}" if peak.count else ""
    return [
        (
            "Starts this week",
            f"{found.total:,}",
            f"of {found.jobs:,} job{'' if found.jobs == 1 else 's'}",
        ),
        (
            "Busiest hour",
            f"{most.starts if most else 0:,}",
            f"{most.day:%a} {most.hour:02}:00" if most else "",
        ),
        ("Busiest minute", f"{peak.count:,}", when),
    ]


def chosen_in(
    request: HttpRequest,
    zone: ZoneInfo,
    hours: Sequence[heatmap.HourOfWeek],
    start: datetime,
    end: datetime,
) -> ChosenHour | None:
    """The hour in the address, else the busiest one; None in a week without any start."""
    at = moment_in(request, "at", zone)
    minute = moment_in(request, "minute", zone)
    inside = [hour.at for hour in hours if hour.at and at and hour.at <= at < hour.at + HOUR]
    most = heatmap.busiest(hours)
    hour = inside[0] if inside else (most.at if most else None)
    if hour is None:
        return None
    return ChosenHour(hour, minute if minute and hour <= minute < hour + HOUR else None)


def hour_of(
    request: HttpRequest,
    wanted: JobFilter,
    found: Forecast,
    chosen: ChosenHour,
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """The chosen hour: its minutes, and the jobs of the hour or the minute."""
    start, end = chosen.span
    starting = starting_between(wanted, start, end, actor=actor, most=LISTED)
    first = int((start - found.start) / MINUTE)
    count = sum(found.counts[first : first + int((end - start) / MINUTE)])
    local = chosen.hour.astimezone(zone)
    return {
        "hour": f"{local:%A} {clock(local, local)}",
        "hour_link": paging.link(request, at=iso(chosen.hour), minute="") + "#hour",
        "minute": f"{start.astimezone(zone):%H:%M}" if chosen.minute else "",
        "strip": heatmap.hour_strip(
            found,
            chosen.hour,
            zone,
            lambda at: paging.link(request, at=iso(chosen.hour), minute=iso(at)) + "#hour",
            chosen.minute,
        ),
        "count": heatmap.starts(count),
        "rows": start_rows(starting, zone, now),
        "is_all": starting.is_whole,
        "strip_heads": [
            (heatmap.MINUTE_WIDTH * past, f"{(chosen.hour + past * MINUTE).astimezone(zone):%H:%M}")
            for past in (0, 15, 30, 45)
        ],
        "spread_url": spread_link(wanted, chosen.hour)
        if actor.may("beatwright.change_job")
        else "",
        "timeline_url": timeline_link(wanted, chosen.hour - HOUR / 2, chosen.hour + 3 * HOUR / 2),
    }


def start_rows(starting: Starting, zone: ZoneInfo, now: datetime) -> list[StartRow]:
    return [_row(each, zone, now) for each in starting.jobs]


def spread_link(wanted: JobFilter, hour: datetime) -> str:
    """The page that suggests other minutes for this hour."""
    query = _query(wanted) | {"from": iso(hour), "to": iso(hour + HOUR)}
    return f"{reverse('beatwright:spread')}?{urlencode(query)}"


def timeline_link(wanted: JobFilter, start: datetime, end: datetime) -> str:
    query = _query(wanted) | {"from": iso(start), "to": iso(end)}
    return f"{reverse('beatwright:timeline')}?{urlencode(query)}"


def week_start(at: datetime, zone: ZoneInfo) -> datetime:
    """Midnight of its Monday, in the zone."""
    day = at.astimezone(zone).date()
    return _midnight(day - timedelta(days=day.weekday()), zone)


def following(start: datetime, zone: ZoneInfo) -> datetime:
    """The next Monday's midnight: 167 or 169 hours later where the clocks change."""
    return _midnight(start.astimezone(zone).date() + WEEK, zone)


def _midnight(day: Any, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def _week_link(request: HttpRequest, at: datetime, zone: ZoneInfo) -> str:
    return paging.link(request, week=f"{at.astimezone(zone):%Y-%m-%d}", at="", minute="")


def _query(wanted: JobFilter) -> dict[str, str]:
    found = {"q": wanted.search, "queue": wanted.queue, "tag": wanted.tag}
    return {name: value for name, value in found.items() if value}


def _row(each: StartingJob, zone: ZoneInfo, now: datetime) -> StartRow:
    job = each.job
    return StartRow(
        id=str(job.pk),
        job=job.name,
        url=reverse("beatwright:beatwright_job_detail", args=[job.pk]),
        queue=job.queue,
        first=moment(each.moments[0], now, zone.key),
        times=len(each.moments),
        usual=_usual(job),
        zone=job.timezone,
    )


def _usual(job: Job) -> str:
    known = job.health.p50_ms
    return NONE if known is None else duration(known / 1_000)
