"""Renews the leases of all runs that this worker has in hand, and stops those that the answer says
are another's.

In the main process, because in a pool child a body that holds the interpreter's lock would lose its
lease.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections
from django.db.models.functions import Now

from jobs import conf
from jobs.database.unlocked import unlocked
from jobs.execution.isolation.processes import identity
from jobs.execution.sidecar.asking import from_database
from jobs.execution.slots import board
from jobs.execution.supervision.in_flight import at_work, take_away
from jobs.execution.supervision.locked_leases import Vouched, Vouching, vouch
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.expiry import lost
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Ending
from jobs.lifecycle.prepared import prepared_update
from jobs.lifecycle.rows import metas_of
from jobs.models import Loss, Run, RunState

# How an attempt ended that somebody else has ended. A body that has just ended by itself leaves
# another word there.
BY_OTHERS = {Ending.LOST, Ending.RELEASED, Ending.CANCELLED}
FENCED = lost("the run was given to another worker", Loss.LEASE)


class Leases:
    """``renewed_at`` is when the last renewal that succeeded was asked for (monotonic).

    ``taken`` holds the task ids of runs that are no longer this worker's, with the moment when that
    was noticed. A run whose row somebody else keeps locked is still its own: see ``Vouching``.
    ``main`` is where the main process shows ``renewed_at``, ``ask`` the way to the database, and
    ``me`` this process's identity.
    """

    def __init__(
        self,
        worker: str,
        held: Callable[[], list[Message]],
        *,
        main: Any = board.main,
        ask: Callable[..., Any] = from_database,
        me: Callable[[], str] = identity,
    ) -> None:
        self.worker, self.held = worker, held
        self._main, self._ask, self._me = main, ask, me
        self.renewed_at = self._main.renewed_at = time.monotonic()
        self.taken: dict[str, float] = {}
        self.vouching = Vouching()

    def run_once(self) -> dict[str, int]:
        """Raises the database's errors: no answer takes nothing away."""
        asked = time.monotonic()
        messages = self.held()
        gone = self._renew(messages) if messages or self.vouching.said else []
        self.renewed_at = self._main.renewed_at = asked
        known, self.taken = self.taken, {}
        for task_id in gone:
            self.taken[task_id] = known.get(task_id, asked)
        return {"runs taken from this worker": len(self.taken.keys() - known.keys())}

    def _renew(self, messages: Sequence[Message]) -> list[str]:
        gone: list[str]
        gone, vouched = self._ask(renewal, self.worker, self._me(), messages, self.vouching.said)
        self.vouching.note(vouched, before=self.renewed_at)
        return gone

    def proven_at(self, task_id: str) -> float:
        """Until when (monotonic) this run was certainly this worker's."""
        return min(self.renewed_at, self.vouching.unproven.get(task_id, self.renewed_at))


class Fence:
    """Stops bodies whose runs were taken away: whatever they still do, somebody else does as
    well.
    """

    def __init__(self, pool: Any, leases: Leases) -> None:
        self.pool, self.leases = pool, leases

    def run_once(self) -> dict[str, int]:
        taken = self.leases.taken
        now = time.monotonic()
        late = [
            work
            for work in at_work()
            if work.task_id in taken
            and must_end(taken[work.task_id], exclusive=work.is_exclusive, now=now)
        ]
        return {"runs fenced": sum(take_away(self.pool, work, FENCED) for work in late)}


def must_end(taken_at: float, *, exclusive: bool, now: float) -> bool:
    """One that is just ending may still say so, and is then marked as late; but not where nothing
    may run beside it.
    """
    return exclusive or now - taken_at >= conf.get().timeout_kill_seconds


def renewal(
    worker: str, identity: str, messages: Sequence[Message], said: frozenset[str]
) -> tuple[list[str], Vouched]:
    """Extend the leases of these runs; return the task ids of those that are another's by now.

    And what could be said of those whose rows are locked: see ``vouch``.
    """
    kept = renew(worker, [message.run_id for message in messages])
    missing = [message for message in messages if (message.run_id, message.publish) not in kept]
    vouched = vouch(worker, identity, missing, said)
    return taken_by_others(missing), vouched


def renew(worker: str, runs: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, int]]:
    """Extend the leases of those of ``runs`` that this worker still has; return them with their
    publish numbers.

    One whose row somebody else has locked is left out: the others must not wait for it.
    """
    if not runs:  # the last one whose row was locked has ended; an UPDATE of no row has no SQL
        return set()
    held = unlocked(
        Run.objects.using(LIFECYCLE).filter(pk__in=runs, state=RunState.RUNNING, worker=worker)
    )
    sql, parameters = prepared_update(held, lease_expires_at=Now() + conf.get().lease)
    with connections[LIFECYCLE].cursor() as cursor:
        cursor.execute(sql + " RETURNING id, publish_count", parameters)
        return {(uuid.UUID(str(run)), publish) for run, publish in cursor.fetchall()}


def taken_by_others(missing: Sequence[Message]) -> list[str]:
    """The task ids of attempts that somebody else has ended; others have just ended, or not yet
    begun.
    """
    if not missing:
        return []
    attempts = metas_of(message.task_id for message in missing)
    return [task_id for task_id, meta in attempts.items() if meta.outcome in BY_OTHERS]
