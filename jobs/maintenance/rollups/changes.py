"""Slower or quicker: each job's last thirty whole days against the thirty before, once a day."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from jobs.models import JobDay, JobHealth, Tally
from jobs.models.stats.rollups import MONTH_DAYS, change_percent, summed

AT_ONCE = 100


class Changes:
    """A hundred jobs a look, until each was compared today; one query while there is nothing to
    do.
    """

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"jobs compared": n}."""
        today = now.astimezone(UTC).date()
        due = JobHealth.objects.filter(change_on__lt=today).order_by("change_on")
        jobs = sorted(due.values_list("pk", flat=True)[:AT_ONCE])
        if not jobs:
            return {"jobs compared": 0}
        first = today - timedelta(days=2 * MONTH_DAYS)
        days: dict[uuid.UUID, list[JobDay]] = defaultdict(list)
        for day in JobDay.objects.filter(job__in=jobs, day__gte=first, day__lt=today):
            days[day.job_id].append(day)
        middle = today - timedelta(days=MONTH_DAYS)
        by_change: dict[int | None, list[uuid.UUID]] = defaultdict(list)
        for job in jobs:
            recent = _sum(day for day in days[job] if day.day >= middle)
            earlier = _sum(day for day in days[job] if day.day < middle)
            by_change[change_percent(recent, earlier)].append(job)
        changed = sum(
            JobHealth.objects.filter(pk__in=some).update(change_percent=change, change_on=today)
            for change, some in by_change.items()
        )
        return {"jobs compared": changed}


def _sum(days: Iterable[JobDay]) -> Tally:
    found: Sequence[JobDay] = list(days)
    return summed(found)
