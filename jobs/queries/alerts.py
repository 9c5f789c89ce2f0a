"""What needs attention now: the open alerts, and whether a scheduler leads at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_alerts
from jobs.models import Alert, AlertKind, Leader
from jobs.queries.why_answer import iso

NEVER = timedelta.max


def open_alerts(limit: int = 100, *, actor: Actor) -> list[Alert]:
    """One query: the alerts that are not over, the newest first, each with its job and that one's health."""
    alerts = visible_alerts(actor).filter(closed_at=None).select_related("job__health").order_by("-opened_at", "-id")
    return list(alerts[:limit])


def scheduler_silence(now: datetime) -> timedelta | None:
    """One query: for how long no scheduler has led; None while one does, ``NEVER`` if none has ever led.

    An alert cannot say it while it lasts: the leader writes the alerts. So pages and commands ask.
    """
    return silence_of(Leader.objects.order_by("-expires_at").first(), now=now)


def silence_of(leader: Leader | None, *, now: datetime) -> timedelta | None:
    """The same of a lease that was read already."""
    if leader is None or not leader.holder:
        return NEVER
    return None if leader.expires_at > now else now - leader.expires_at


def alert_fields(alert: Alert) -> dict[str, Any]:
    """An alert as JSON values."""
    return {
        "kind": alert.kind,
        "subject": alert.subject,
        "message": alert.message,
        "job": alert.job.name if alert.job else None,
        "opened_at": iso(alert.opened_at),
        "seen_at": iso(alert.seen_at),
    }


def silence_fields(now: datetime) -> list[dict[str, Any]]:
    """The same of a scheduler that is silent now; empty while one leads."""
    silence = scheduler_silence(now)
    if silence is None:
        return []
    since = None if silence == NEVER else now - silence
    message = "no scheduler has ever run here" if since is None else "no scheduler leads: nothing is planned or sent"
    fields = {"subject": "", "message": message, "job": None, "opened_at": iso(since), "seen_at": iso(now)}
    return [{"kind": AlertKind.SCHEDULER_SILENT.value} | fields]
