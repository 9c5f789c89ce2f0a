"""Periodic tasks of django-celery-beat that are not sent, or sent in vain."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max
from django_celery_beat.models import PeriodicTask

from jobs.dispatch.plain_rows import OddRow
from jobs.maintenance.alerts.detectors import MOST, Detected, Finding, Look
from jobs.queries.site.plain_rows import odd_rows

LOOKED_AT_AGAIN = timedelta(minutes=1)


class OddRows:
    """The detector: one query while no row has changed, and a look at all of them once a minute."""

    def __init__(self) -> None:
        self.seen: dict[str, Any] = {}
        self.looked_at: datetime | None = None
        self.odd: list[OddRow] = []

    def __call__(self, look: Look) -> Detected:
        """Rows beyond the first 500 that are odd wait for their turn."""
        seen = PeriodicTask.objects.filter(enabled=True).aggregate(
            count=Count("pk"), last=Max("date_changed")
        )
        if (
            self.looked_at is None
            or seen != self.seen
            or look.now - self.looked_at >= LOOKED_AT_AGAIN
        ):
            self.odd = odd_rows(now=look.now) if seen["count"] else []
            self.seen, self.looked_at = seen, look.now
        findings = [
            Finding(row.name, f"{row.name}: {row.problem}"[:1000]) for row in self.odd[:MOST]
        ]
        return Detected(findings, is_complete=len(findings) < MOST)
