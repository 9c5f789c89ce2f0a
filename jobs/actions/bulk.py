"""Bulk operations: one thing done to everything that a filter matches; begun here, worked off by
the leader.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.access.remembering import rights_kept
from jobs.actions.bulk_orders import checked_arguments, checked_filter
from jobs.errors import DomainError
from jobs.models import BulkOperation, BulkState, BulkVerb, Job, Run
from jobs.models.bulk_operation import OPEN

logger = logging.getLogger(__name__)

NEEDS: dict[BulkVerb, str] = {
    BulkVerb.PAUSE: "beatwright.pause_job",
    BulkVerb.RESUME: "beatwright.pause_job",
    BulkVerb.RUN: "beatwright.run_job",
    BulkVerb.ADD_TAG: "beatwright.change_job",
    BulkVerb.SET_QUEUE: "beatwright.change_job",
    BulkVerb.ARCHIVE: "beatwright.delete_job",
    BulkVerb.RESCHEDULE: "beatwright.change_job",
    BulkVerb.REQUEUE: "beatwright.requeue_dead",
    BulkVerb.DISCARD: "beatwright.requeue_dead",
    BulkVerb.RERUN: "beatwright.rerun_run",
    BulkVerb.CANCEL: "beatwright.cancel_run",
}


def begin_bulk(
    verb: str,
    wanted: Mapping[str, Any],
    arguments: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> BulkOperation:
    """Order ``verb`` for all that the filter ``wanted`` matches now; the leader takes it up within
    a second.

    Each is done with the actor's rights as they are now, and audited for itself. Raises DomainError
    naming ``verb``, ``filter.…`` or ``arguments.…``.
    """
    operation = _checked(verb, wanted, arguments, actor=actor, now=now)
    operation.last_id = _newest(BulkVerb(operation.verb))
    with transaction.atomic():
        operation.save(force_insert=True)
        told = {"filter": operation.filter, "arguments": _told(operation.arguments)}
        audit.record(actor, audit.Verb.BEGIN_BULK, operation, now=now, after=told)
    logger.info("bulk operation begun", extra={"bulk": str(operation.pk), "actor": actor.name})
    return operation


def require_bulk(
    verb: str,
    wanted: Mapping[str, Any],
    arguments: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Raise what ``begin_bulk`` would raise; write nothing."""
    _checked(verb, wanted, arguments, actor=actor, now=now)


def cancel_bulk(operation: BulkOperation, *, actor: Actor, now: datetime) -> None:
    """Leave what has not been looked at yet as it is. Raises DomainError if it is over already."""
    actor.require(NEEDS[BulkVerb(operation.verb)])
    with transaction.atomic():
        cancelled = BulkOperation.objects.filter(pk=operation.pk, state__in=OPEN).update(
            state=BulkState.CANCELLED, finished_at=now
        )
        operation.refresh_from_db()
        if not cancelled:
            raise DomainError(f"this bulk operation has finished: {operation.state}", field="state")
        audit.record(actor, audit.Verb.CANCEL_BULK, operation, now=now, after=operation.counts())
    logger.info("bulk operation cancelled", extra={"bulk": str(operation.pk), "actor": actor.name})


def _checked(
    verb: str,
    wanted: Mapping[str, Any],
    arguments: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> BulkOperation:
    if verb not in BulkVerb.values:
        raise DomainError(f"must be one of {', '.join(BulkVerb.values)}", field="verb")
    known = BulkVerb(verb)
    actor.require(NEEDS[known])
    return BulkOperation(
        verb=known,
        filter=checked_filter(known, wanted, now),
        arguments=checked_arguments(known, arguments, now),
        created_by=actor.name,
        rights=rights_kept(actor),
        created_at=now,
    )


def _told(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """For the audit: of a list of changes their number, as each has its own entry."""
    return {name: len(value) if name == "changes" else value for name, value in arguments.items()}


def reversed_changes(operation: BulkOperation) -> list[dict[str, Any]]:
    """What takes back the changes of a ``reschedule``; of any other verb nothing."""
    return [
        change | {"before": change["after"], "after": change["before"]}
        for change in operation.arguments.get("changes", ())
    ]


def _newest(verb: BulkVerb) -> uuid.UUID | None:
    """Ids grow with time: what was made later than this one was not meant."""
    rows = Job.objects.all() if verb.is_for_jobs else Run.objects.all()
    return rows.order_by("-pk").values_list("pk", flat=True).first()
