"""The forecast and the timeline as JSON values; no query."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from jobs.moments import iso
from jobs.queries.night.forecast import Forecast
from jobs.queries.night.load import Span, at_once, peak_minute, peak_of
from jobs.queries.night.timeline import TimelineBar, TimelineBars


def forecast_fields(found: Forecast, end: datetime) -> dict[str, Any]:
    peak = peak_minute(found.counts)
    minutes = [
        {"at": iso(found.minute(index)), "starts": count}
        for index, count in enumerate(found.counts)
        if count
    ]
    return {
        "from": iso(found.start),
        "to": iso(end),
        "jobs": found.jobs,
        "starts": found.total,
        "busiest": {"at": iso(found.minute(int(peak.at))), "starts": peak.count}
        if peak.count
        else None,
        "is_complete": found.is_whole,
        "minutes": minutes,
    }


def timeline_fields(found: TimelineBars, start: datetime, end: datetime) -> dict[str, Any]:
    spans = [
        Span(
            max(0.0, (bar.begins - start).total_seconds()),
            (min(bar.ends, end) - start).total_seconds(),
        )
        for bar in found.bars
        if bar.ran
    ]
    peak = peak_of(at_once(spans))
    at = start + timedelta(seconds=round(peak.at))
    return {
        "from": iso(start),
        "to": iso(end),
        "busiest": {"at": iso(at), "running": peak.count} if peak.count else None,
        "is_complete": found.is_whole,
        "bars": [_bar_fields(bar) for bar in sorted(found.bars, key=lambda bar: bar.begins)],
    }


def _bar_fields(bar: TimelineBar) -> dict[str, Any]:
    return {
        "job": str(bar.job),
        "name": bar.name,
        "queue": bar.queue,
        "worker": bar.worker,
        "state": bar.state,
        "begins_at": iso(bar.begins),
        "ends_at": iso(bar.ends),
        "run": str(bar.run) if bar.run else None,
    }
