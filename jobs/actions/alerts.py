"""Acknowledge alerts: somebody looks into it, and nobody else need be told for now.

One alert, or all of one cause.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.access.visible import visible_alerts
from jobs.errors import AlertNotFound, DomainError
from jobs.models import Alert, AlertState
from jobs.params.limits import UNSTORABLE

MOST = 1_000
NOT_ACKNOWLEDGED: dict[str, Any] = {
    "acknowledged_at": None,
    "acknowledged_by": "",
    "acknowledged_reason": "",
    "snoozed_until": None,
}

logger = logging.getLogger(__name__)


def acknowledge_alert(
    alert: Alert, *, actor: Actor, reason: str = "", until: datetime | None = None, now: datetime
) -> Alert:
    """Leave the matter out of what needs attention until ``until``, or until it is over.

    Acknowledging it again changes reason and end. Raises DomainError for a matter that is over.
    """
    actor.require("beatwright.change_alert", alert.job)
    fields = _acknowledged(actor, reason, until, now)
    before = audit.row_snapshot(alert)
    with transaction.atomic():
        if not Alert.objects.filter(pk=alert.pk, closed_at=None).update(**fields):
            raise DomainError("this alert is already closed", field="alert")
        alert.refresh_from_db()
        subject = audit.Subject("alert", str(alert.pk), str(alert), alert.job_id)
        after = audit.row_snapshot(alert)
        audit.record(
            actor,
            audit.Verb.ACKNOWLEDGE_ALERT,
            subject,
            now=now,
            before=before,
            after=after,
            reason=reason,
        )
    logger.info("alert acknowledged", extra={"alert": str(alert), "actor": actor.name})
    return alert


def acknowledge_cause(
    cause: str, *, actor: Actor, reason: str = "", until: datetime | None = None, now: datetime
) -> list[Alert]:
    """The same of all open alerts of a cause that the actor sees: one entry in the audit.

    What opens later with the same cause needs attention again. Raises AlertNotFound where
    there is none.
    """
    actor.require("beatwright.change_alert")
    fields = _acknowledged(actor, reason, until, now)
    with transaction.atomic():
        found = _of_cause(cause, AlertState.OPEN, actor=actor)
        _write(found, fields)
        told = {"alerts": [alert.pk for alert in found], "snoozed_until": until}
        audit.record(
            actor,
            audit.Verb.ACKNOWLEDGE_CAUSE,
            _subject(found),
            now=now,
            after=told,
            reason=reason,
        )
    logger.info("alerts acknowledged", extra={"cause": cause, "actor": actor.name})
    return found


def undo_acknowledge_cause(cause: str, *, actor: Actor, now: datetime) -> list[Alert]:
    """List all alerts of a cause again that somebody looks into; raises AlertNotFound where
    there is none.
    """
    actor.require("beatwright.change_alert")
    with transaction.atomic():
        states = (AlertState.ACKNOWLEDGED, AlertState.SNOOZED)
        found = _of_cause(cause, *states, actor=actor)
        _write(found, NOT_ACKNOWLEDGED)
        told = {"alerts": [alert.pk for alert in found]}
        subject = _subject(found)
        audit.record(actor, audit.Verb.UNDO_ACKNOWLEDGE_CAUSE, subject, now=now, before=told)
    logger.info("acknowledgements undone", extra={"cause": cause, "actor": actor.name})
    return found


def _acknowledged(
    actor: Actor, reason: str, until: datetime | None, now: datetime
) -> dict[str, Any]:
    if until is not None and until <= now:
        raise DomainError("must be in the future", field="until")
    if len(reason) > 500 or UNSTORABLE.search(reason):
        raise DomainError("must have at most 500 characters, all of them storable", field="reason")
    return {
        "acknowledged_at": now,
        "acknowledged_by": actor.name[:150],
        "acknowledged_reason": reason,
        "snoozed_until": until,
    }


def _of_cause(cause: str, *states: str, actor: Actor) -> list[Alert]:
    """Those of the cause that stand so, at most 1,000, locked where the database locks rows."""
    of_cause = visible_alerts(actor).filter(cause=cause)
    ids = [pk for state in states for pk in of_cause.in_state(state).values_list("pk", flat=True)]
    locked = Alert.objects.select_for_update(no_key=True).filter(pk__in=ids[:MOST], closed_at=None)
    found = list(locked.order_by("pk"))
    if not found:
        raise AlertNotFound(f"no alert of this cause is {' or '.join(states)}", field="cause")
    return found


def _write(alerts: list[Alert], fields: dict[str, Any]) -> None:
    for alert in alerts:
        for name, value in fields.items():
            setattr(alert, name, value)
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(**fields)


def _subject(alerts: list[Alert]) -> audit.Subject:
    number = f"{len(alerts):,} alert{'s' if len(alerts) > 1 else ''}"
    about = alerts[0].job_id if len(alerts) == 1 else None
    return audit.Subject("alert", str(alerts[0].pk), f"{number}: {alerts[0].message}", about)
