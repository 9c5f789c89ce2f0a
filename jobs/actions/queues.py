"""Pause and resume a queue: its runs wait in the database, none gets a message; what already has one goes on."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from jobs.access.actor import Actor
from jobs.actions.checking import QUEUE_ALLOWED
from jobs.dispatch.limits import UNSTORABLE
from jobs.errors import DomainError
from jobs.models import Job, Queue, Run

logger = logging.getLogger(__name__)

DEFAULT_QUEUE = "default"
OPEN: dict[str, Any] = {"paused_at": None, "paused_by": "", "paused_reason": "", "paused_until": None}


def pause_queue(name: str, *, actor: Actor, reason: str = "", until: datetime | None = None, now: datetime) -> Queue:
    """Publish no run of the queue until somebody resumes it or ``until`` has come.

    Pausing a paused queue changes reason and end. Raises DomainError for a queue that nothing uses.
    """
    if until is not None and until <= now:
        raise DomainError("must be in the future", field="paused_until")
    if len(reason) > 500 or UNSTORABLE.search(reason):
        raise DomainError("at most 500 characters, all of which can be stored", field="paused_reason")
    _refuse_unknown(name)
    paused = {"paused_at": now, "paused_by": actor.name, "paused_reason": reason, "paused_until": until}
    queue, _ = Queue.objects.update_or_create(name=name, defaults=paused)
    logger.info("queue paused", extra={"queue": name, "actor": actor.name})
    return queue


def resume_queue(name: str, *, actor: Actor, now: datetime) -> Queue:
    """Publish the queue's runs again, best rank first. Raises DomainError if it is unknown or not paused."""
    _refuse_unknown(name)
    if not Queue.objects.filter(name=name, paused_at__isnull=False).update(**OPEN):
        raise DomainError(f"the queue {name!r} is not paused", field="queue")
    logger.info("queue resumed", extra={"queue": name, "actor": actor.name})
    return Queue.objects.get(name=name)


def resume_due_queues(*, now: datetime) -> int:
    """Resume the queues whose pause has run out; returns how many."""
    return Queue.objects.filter(paused_at__isnull=False, paused_until__lte=now).update(**OPEN)


def _refuse_unknown(name: str) -> None:
    known = QUEUE_ALLOWED.fullmatch(name) and (
        name == DEFAULT_QUEUE
        or Queue.objects.filter(name=name).exists()
        or Job.objects.filter(queue=name).exists()
        or Run.objects.filter(queue=name).exists()
    )
    if not known:
        raise DomainError(f"no job and no run uses a queue {name!r}", field="queue")
