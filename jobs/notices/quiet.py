"""Quiet hours: a span of every day, on clocks in a zone, in which nothing is sent."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from jobs.errors import DomainError
from jobs.schedules.zones import first_instant, zone_named

SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def read_quiet(text: str) -> tuple[time, time] | None:
    """``22:00-07:00`` as its two ends, which differ; None for an empty text; raises DomainError."""
    if not text:
        return None
    found = SPAN.fullmatch(text)
    if found is None:
        raise DomainError("must be two times of day such as 22:00-07:00, or empty", field="quiet")
    start, end = (time(int(found[i]), int(found[i + 1])) for i in (1, 3))
    if start == end:
        raise DomainError("must not end when it begins", field="quiet")
    return start, end


def quiet_until(text: str, timezone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that ``now`` lies in; None outside of them."""
    span = read_quiet(text)
    if span is None:
        return None
    start, end = span
    zone = zone_named(timezone)
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        last = day if end > start else day + timedelta(days=1)
        begins, ends = (
            first_instant(zone, datetime.combine(on, at)) for on, at in ((day, start), (last, end))
        )
        if begins <= now < ends:
            return ends
    return None
