"""Flapping: an alert that comes and goes is told as one matter instead of as many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count

from jobs.models import Alert, Notice, NoticeKind, NoticeState, Route

STABLE = timedelta(hours=1)


def times_opened(kind: str, subjects: Collection[str], now: datetime) -> Counter[str]:
    """How often each was opened within the hour, this time included: one query."""
    recent = Alert.objects.filter(kind=kind, subject__in=subjects, opened_at__gt=now - STABLE)
    counted = recent.order_by().values("subject").annotate(times=Count("pk"))
    return Counter(dict(counted.values_list("subject", "times")))


def is_known_to_flap(alert: Alert, route: Route, now: datetime) -> bool:
    """Whether the route has told so within the hour."""
    told = Notice.objects.filter(
        route_name=route.name,
        alert_kind=alert.kind,
        subject=alert.subject,
        kind=NoticeKind.FLAPPING,
        created_at__gt=now - STABLE,
    )
    return told.exclude(state=NoticeState.DROPPED).exists()


def hold_reopened(kind: str, subjects: Collection[str], now: datetime) -> None:
    """Drop the recoveries of these that waited to see whether they last: one query."""
    waiting = Notice.objects.filter(
        kind=NoticeKind.RECOVERED,
        state=NoticeState.WAITING,
        attempts=0,
        next_at__gt=now,
        alert_kind=kind,
        subject__in=subjects,
    )
    waiting.update(state=NoticeState.DROPPED, answer="It was opened again.")
