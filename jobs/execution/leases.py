"""Renews the leases of all runs that this worker has in hand, and stops those that the answer says are another's.

In the main process, because in a pool child a body that holds the interpreter's lock would lose its lease.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections
from django.db.models.functions import Now
from django_celery_results.models import TaskResult

from jobs import conf
from jobs.execution.hands import Work, at_work, take_away
from jobs.execution.sidecar.asking import from_database
from jobs.execution.slots import board
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.expiry import lost
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Ending
from jobs.lifecycle.prepared import update
from jobs.models import Run, RunState

# How an attempt ended that somebody else has ended. A body that has just ended by itself leaves another word there.
BY_OTHERS = {Ending.LOST, Ending.RELEASED, Ending.CANCELLED}
FENCED = lost("the run was given to another worker")


class Leases:
    """``renewed_at`` is when the last renewal that succeeded was asked for (monotonic).

    ``taken`` holds the task ids of runs that are no longer this worker's, with the moment when that was noticed.
    """

    def __init__(self, worker: str, held: Callable[[], list[Message]]) -> None:
        self.worker, self.held = worker, held
        self.renewed_at = board.main.renewed_at = time.monotonic()
        self.taken: dict[str, float] = {}

    def run_once(self) -> dict[str, int]:
        """Raises the database's errors: no answer takes nothing away."""
        asked = time.monotonic()
        messages = self.held()
        gone = from_database(renewal, self.worker, messages) if messages else []
        self.renewed_at = board.main.renewed_at = asked
        known, self.taken = self.taken, {}
        for task_id in gone:
            self.taken[task_id] = known.get(task_id, asked)
        return {"runs taken from this worker": len(self.taken.keys() - known.keys())}


class Fence:
    """Stops bodies whose runs were taken away: whatever they still do, somebody else does as well."""

    def __init__(self, pool: Any, leases: Leases) -> None:
        self.pool, self.leases = pool, leases

    def run_once(self) -> dict[str, int]:
        taken = self.leases.taken
        late = [work for work in at_work() if work.task_id in taken and _must_end(work, taken[work.task_id])]
        return {"runs fenced": sum(take_away(self.pool, work, FENCED) for work in late)}


def _must_end(work: Work, taken_at: float) -> bool:
    """One that is just ending may still say so, and is then marked as late; but not where nothing may run beside it."""
    return work.is_exclusive or time.monotonic() - taken_at >= conf.get().timeout_kill_seconds


def renewal(worker: str, messages: Sequence[Message]) -> list[str]:
    """Extend the leases of these runs; return the task ids of those that are another's by now."""
    kept = renew(worker, [message.run_id for message in messages])
    return taken_by_others([message for message in messages if (message.run_id, message.publish) not in kept])


def renew(worker: str, runs: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, int]]:
    """Extend the leases of those of ``runs`` that this worker still has; return them with their publish numbers."""
    held = Run.objects.using(LIFECYCLE).filter(pk__in=runs, state=RunState.RUNNING, worker=worker)
    sql, parameters = update(held, lease_expires_at=Now() + conf.get().lease)
    with connections[LIFECYCLE].cursor() as cursor:
        cursor.execute(sql + " RETURNING id, publish_count", parameters)
        return {(uuid.UUID(str(run)), publish) for run, publish in cursor.fetchall()}


def taken_by_others(missing: Sequence[Message]) -> list[str]:
    """The task ids of attempts that somebody else has ended; others have just ended, or not yet begun."""
    if not missing:
        return []
    attempts = TaskResult.objects.using(LIFECYCLE).filter(task_id__in=[message.task_id for message in missing])
    return [
        task_id
        for task_id, meta in attempts.values_list("task_id", "meta")
        if json.loads(meta or "{}").get("outcome") in BY_OTHERS
    ]
