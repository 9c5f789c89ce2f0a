"""Pause and resume a queue: its runs wait in the database, none gets a message; what already has
one goes on.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import SYSTEM, Actor
from jobs.definition.checking import QUEUE_ALLOWED
from jobs.errors import DomainError
from jobs.isolation import each_by_itself
from jobs.models import Job, Queue, Run
from jobs.params.limits import UNSTORABLE

logger = logging.getLogger(__name__)

DEFAULT_QUEUE = "default"
OPEN: dict[str, Any] = {
    "paused_at": None,
    "paused_by": "",
    "paused_reason": "",
    "paused_until": None,
}


def pause_queue(
    name: str, *, actor: Actor, reason: str = "", until: datetime | None = None, now: datetime
) -> Queue:
    """Publish no run of the queue until somebody resumes it or ``until`` has come.

    Pausing a paused queue changes reason and end. Raises DomainError for a queue that nothing uses.
    """
    actor.require_everywhere("beatwright.pause_queue")
    if until is not None and until <= now:
        raise DomainError("must be in the future", field="paused_until")
    if len(reason) > 500 or UNSTORABLE.search(reason):
        raise DomainError(
            "must have at most 500 characters, all of them storable", field="paused_reason"
        )
    _refuse_unknown(name)
    paused = {
        "paused_at": now,
        "paused_by": actor.name,
        "paused_reason": reason,
        "paused_until": until,
    }
    with transaction.atomic():
        before = _stored(name)
        queue, _ = Queue.objects.update_or_create(name=name, defaults=paused)
        after = audit.row_snapshot(queue)
        audit.record(
            actor, audit.Verb.PAUSE_QUEUE, queue, now=now, before=before, after=after, reason=reason
        )
    logger.info("queue paused", extra={"queue": name, "actor": actor.name})
    return queue


def resume_queue(name: str, *, actor: Actor, now: datetime) -> Queue:
    """Publish the queue's runs again, best rank first.

    Raises DomainError if it is unknown or not paused.
    """
    actor.require_everywhere("beatwright.pause_queue")
    _refuse_unknown(name)
    if not _open(name, actor=actor, now=now):
        raise DomainError(f"the queue {name!r} is not paused", field="queue")
    logger.info("queue resumed", extra={"queue": name, "actor": actor.name})
    return Queue.objects.get(name=name)


def resume_due_queues(*, now: datetime) -> int:
    """Resume the queues whose pause has run out; returns how many."""
    due = Queue.objects.filter(paused_at__isnull=False, paused_until__lte=now).values_list(
        "name", flat=True
    )

    def resume(name: str) -> int:
        return _open(name, actor=SYSTEM, now=now, paused_until__lte=now)

    return sum(each_by_itself(list(due), resume, what="pause not ended"))


def _open(name: str, *, actor: Actor, now: datetime, **still: datetime) -> int:
    """Guarded: 0 if it is not paused, or no longer as ``still`` says."""
    with transaction.atomic():
        before = _stored(name)
        opened = Queue.objects.filter(name=name, paused_at__isnull=False, **still).update(**OPEN)
        if opened:
            queue = Queue.objects.get(name=name)
            after = audit.row_snapshot(queue)
            audit.record(actor, audit.Verb.RESUME_QUEUE, queue, now=now, before=before, after=after)
    return opened


def _stored(name: str) -> dict[str, Any]:
    queue = Queue.objects.filter(name=name).first()
    return audit.row_snapshot(queue) if queue else {}


def _refuse_unknown(name: str) -> None:
    known = QUEUE_ALLOWED.fullmatch(name) and (
        name == DEFAULT_QUEUE
        or Queue.objects.filter(name=name).exists()
        or Job.objects.filter(queue=name).exists()
        or Run.objects.filter(queue=name).exists()
    )
    if not known:
        raise DomainError(f"no job or run uses the queue {name!r}", field="queue")
