"""What a schedule would change, in sentences beside its preview."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from jobs.access.actor import actor_of
from jobs.admin.look.schedule import NO_CALENDARS, Calendared
from jobs.admin.look.times import zone_of
from jobs.errors import ScheduleError
from jobs.models import Job, JobState
from jobs.queries.night.what_if import (
    MOST_STARTS,
    MonthOfStarts,
    Wished,
    due_in_pool,
    job_as_stored,
    next_month,
    overlaps,
)
from jobs.queries.paging import capped

NAME_MOST = 100


def what_if(
    request: HttpRequest,
    text: str,
    zone: str,
    now: datetime,
    *,
    calendars: Calendared = NO_CALENDARS,
    **window: Any,
) -> list[tuple[str, str]]:
    """Icon and sentence each; three queries at the most besides those of calendars.

    Empty where the schedule cannot be read or has nothing to say.
    """
    job = Job(schedule=text, timezone=zone, **calendars._asdict(), **window)
    wished = Wished(job, JobState(anchor=window.get("starts_at") or now))
    try:
        first = wished.state.plan(job, wished.calendars).next_after(now)
        return [] if first is None else list(_sentences(request, wished, now, first))
    except ScheduleError:
        return []


def _sentences(
    request: HttpRequest, wished: Wished, now: datetime, first: datetime
) -> Iterator[tuple[str, str]]:
    actor = actor_of(request)
    pk = request.POST.get("job", "")
    stored = job_as_stored(pk, actor=actor) if pk else None
    yield (
        "calendar_month",
        month_sentence(next_month(wished, zone_of(wished.job.timezone), now, stored=stored)),
    )
    if pool := request.POST.get("pool", "")[:NAME_MOST].replace("\0", "").strip():
        minute = first.replace(second=0, microsecond=0)
        others = due_in_pool(minute, pool, actor=actor, but=stored)
        if others:
            jobs = "1 other job" if others == 1 else f"{capped(others)} other jobs"
            yield "donut_small", f"Shares the pool {pool} with {jobs} in its next minute"
    if stored is not None:
        found = overlaps(wished, stored, now, actor=actor)
        if found.runs:
            last = f"{found.runs} run{'' if found.runs == 1 else 's'}"
            told = f"{found.longer} of its last {last} took longer than the time to the next start"
            yield "stacks", told


def month_sentence(month: MonthOfStarts) -> str:
    """``31 starts in December 2026, 30 with the saved schedule``."""
    told = f"{_starts(month.starts)} in {month.first:%B %Y}"
    if month.saved is None or month.saved == month.starts:
        return told
    return f"{told}, {_number(month.saved)} with the saved schedule"


def _starts(count: int) -> str:
    return f"{_number(count)} start{'' if count == 1 else 's'}"


def _number(count: int) -> str:
    return f"more than {MOST_STARTS:,}" if count > MOST_STARTS else f"{count:,}"
