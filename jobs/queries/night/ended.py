"""How many runs ended in the hours of a span, as rolled up."""

from __future__ import annotations

from datetime import datetime

from jobs.access.actor import Actor
from jobs.models import HourStat
from jobs.queries.jobs.filter import JobFilter


def ended_by_hour(
    wanted: JobFilter, start: datetime, end: datetime, *, actor: Actor
) -> dict[datetime, int]:
    """One query, of the hours in which anything did; none where the roll-ups cannot tell: with a
    filter other than a queue, and for whom tags limit.
    """
    if actor.tags is not None or wanted != JobFilter(queue=wanted.queue):
        return {}
    rows = HourStat.objects.filter(queue=wanted.queue, bucket__gte=start, bucket__lt=end)
    return {row.bucket: row.succeeded + row.failed + row.timed_out + row.cancelled for row in rows}
