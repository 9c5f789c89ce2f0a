"""Acknowledge an alert: somebody looks into it, and nobody else need be told for now."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.models import Alert
from jobs.params.limits import UNSTORABLE

logger = logging.getLogger(__name__)


def acknowledge_alert(
    alert: Alert, *, actor: Actor, reason: str = "", until: datetime | None = None, now: datetime
) -> Alert:
    """Leave the matter out of what needs attention until ``until``, or until it is over.

    Acknowledging it again changes reason and end. Raises DomainError for a matter that is over.
    """
    actor.require("beatwright.change_alert", alert.job)
    if until is not None and until <= now:
        raise DomainError("must be in the future", field="until")
    if len(reason) > 500 or UNSTORABLE.search(reason):
        raise DomainError("must have at most 500 characters, all of them storable", field="reason")
    fields = {
        "acknowledged_at": now,
        "acknowledged_by": actor.name[:150],
        "acknowledged_reason": reason,
    }
    before = audit.row_snapshot(alert)
    with transaction.atomic():
        if not Alert.objects.filter(pk=alert.pk, closed_at=None).update(
            **fields, snoozed_until=until
        ):
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
