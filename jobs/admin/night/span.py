"""Which span of time the timeline shows, and where one goes from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from jobs.admin.look import paging
from jobs.admin.night.filtering import moment_in
from jobs.moments import iso

MINUTE = timedelta(minutes=1)
ZOOMS = {
    "15m": 15, "1h": 60, "3h": 180, "6h": 360, "12h": 720, "24h": 1_440, "3d": 4_320, "7d": 10_080
}  # fmt: skip
USUALLY = "12h"
TICK_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440)
MOST_TICKS = 13


@dataclass(frozen=True)
class TimeSpan:
    """``follows``: it is around now, and moves with it."""

    start: datetime
    end: datetime
    follows: bool = False

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def x(self, at: datetime) -> float:
        """Where a moment stands, in per cent of the width; within the span."""
        share = (at - self.start) / self.length
        return round(100 * min(1.0, max(0.0, share)), 2)

    def seconds(self, at: datetime) -> float:
        return (at - self.start).total_seconds()


@dataclass(frozen=True)
class AxisTick:
    """A line across the rows; one at midnight ``is_day`` and names the day."""

    x: float
    text: str
    is_day: bool


@dataclass(frozen=True)
class Zoom:
    """``is_here``: the page shows it already; without a ``url`` there is no such step."""

    label: str
    url: str
    is_here: bool = False


def span_of(request: HttpRequest, zone: ZoneInfo, now: datetime) -> TimeSpan:
    """``from`` and ``to`` in the address, kept between 15 minutes and seven days; else ``span``
    around now.
    """
    start, end = (moment_in(request, name, zone) for name in ("from", "to"))
    if start and end and start < end:
        shortest, longest = (ZOOMS[name] * MINUTE for name in ("15m", "7d"))
        return TimeSpan(start, start + min(max(end - start, shortest), longest))
    name = request.GET.get("span", USUALLY)
    half = ZOOMS[name if name in ZOOMS else USUALLY] * MINUTE / 2
    middle = now.replace(second=0, microsecond=0)
    return TimeSpan(middle - half, middle + half, follows=True)


def zooms(request: HttpRequest, span: TimeSpan) -> list[Zoom]:
    """Every length, around the middle of this span."""
    return [
        Zoom(name, _zoomed(request, span, name), minutes * MINUTE == span.length)
        for name, minutes in ZOOMS.items()
    ]


def next_zoom(request: HttpRequest, span: TimeSpan, *, closer: bool) -> str:
    """The address of the next shorter or longer span; empty at the last."""
    found = [
        name
        for name, minutes in ZOOMS.items()
        if (minutes * MINUTE < span.length if closer else minutes * MINUTE > span.length)
    ]
    return _zoomed(request, span, found[-1 if closer else 0]) if found else ""


def shifted(request: HttpRequest, span: TimeSpan, share: float) -> str:
    """The address of the span that begins so much later, as a share of its length."""
    by = span.length * share
    return _link(request, span.start + by, span.end + by)


def ticks(span: TimeSpan, zone: ZoneInfo) -> Iterator[AxisTick]:
    """On round times of the wall clock."""
    minutes = span.length / MINUTE
    step = next((each for each in TICK_MINUTES if minutes / each <= MOST_TICKS), TICK_MINUTES[-1])
    at = span.start
    while at < span.end:
        local = at.astimezone(zone)
        past = (60 * local.hour + local.minute) % step
        if not past:
            is_day = not local.hour and not local.minute
            text = f"{local:%a} {local.day} {local:%b}" if is_day else f"{local:%H:%M}"
            yield AxisTick(span.x(at), text, is_day)
        at += (step - past) * MINUTE if step < 60 or past else step * MINUTE


def _zoomed(request: HttpRequest, span: TimeSpan, name: str) -> str:
    if span.follows:
        return paging.link(request, span=name, to="", **{"from": ""})
    middle, half = span.start + span.length / 2, ZOOMS[name] * MINUTE / 2
    return _link(request, middle - half, middle + half)


def _link(request: HttpRequest, start: datetime, end: datetime) -> str:
    begin, finish = (at.replace(second=0, microsecond=0) for at in (start, end))
    return paging.link(request, span="", to=iso(finish), **{"from": iso(begin)})
