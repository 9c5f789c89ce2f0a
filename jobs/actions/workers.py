"""Shut a worker down: a column of its row says so, and its main process reads it.

No message carries the wish.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from jobs.access import audit
from jobs.access.actor import Actor
from jobs.errors import DomainError
from jobs.models import Worker

logger = logging.getLogger(__name__)


def shut_down_worker(worker: Worker, *, actor: Actor, now: datetime) -> Worker:
    """Ask for what SIGTERM does: nothing new is taken, what runs has the grace time, the rest goes
    back to its queue.

    Raises DomainError for a worker that has stopped, or that was asked already.
    """
    actor.require_everywhere("beatwright.control_worker")
    asked = {"stop_requested_at": now, "stop_requested_by": actor.name[:150]}
    with transaction.atomic():
        alive = Worker.objects.filter(pk=worker.pk, identity=worker.identity, stopped_at=None)
        if not alive.filter(stop_requested_at=None).update(**asked):
            said = "was already asked to shut down" if alive.exists() else "has already stopped"
            raise DomainError(said, field="worker")
        audit.record(
            actor, audit.Verb.SHUT_DOWN_WORKER, worker, now=now, after={"stop_requested_at": now}
        )
    logger.info("worker asked to shut down", extra={"worker": worker.name, "actor": actor.name})
    return Worker.objects.get(pk=worker.pk)
