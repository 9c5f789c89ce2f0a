"""Steps of the tests of notices: alerts that come and go, and deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from jobs.maintenance.alerts import close_alert, raise_alert
from jobs.maintenance.notices import Delivery
from jobs.models import AlertKind, Notice

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def begin(subject: str = "fast", *, now: datetime | None = None) -> None:
    """A queue has no worker any more."""
    at = now or timezone.now()
    raise_alert(AlertKind.NO_CONSUMER, f"no worker takes {subject}", subject=subject, now=at)


def end(subject: str = "fast", *, now: datetime | None = None) -> None:
    close_alert(AlertKind.NO_CONSUMER, subject=subject, now=now or timezone.now())


def deliver(*, now: datetime | None = None, delivery: Delivery | None = None) -> dict[str, int]:
    """One turn of the leader's service, and the end of what it began."""
    service = delivery or Delivery()
    service.run_once(now=now or timezone.now())
    assert service.wait(30)
    return {state: count for state, count in _counts().items() if count}


def _counts() -> dict[str, int]:
    states = list(Notice.objects.values_list("state", flat=True))
    return {state: states.count(state) for state in set(states)}
