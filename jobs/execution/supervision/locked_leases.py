"""Runs that are this worker's although their leases cannot be renewed, because somebody else keeps
their rows locked.

The worker says in its own row that it still has them, and the sweep believes that for as long as a
lease. See docs/adr/0020.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import Error, connections
from django.db.models.functions import Now

from jobs.database.locks import with_lock_holders
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.message import Message
from jobs.models import Run, RunState, Worker
from jobs.outages import Outage


@dataclass(frozen=True)
class Vouched:
    """Of one round: the task ids of the runs whose rows are ``locked``, and whether that was said
    (``is_said``).

    ``said`` is what the worker's row holds now. ``problem`` is the database's error, in words,
    where there was one.
    """

    locked: frozenset[str]
    is_said: bool
    said: frozenset[str]
    problem: str = ""


class Vouching:
    """``unproven``: the task ids for which it could not be said either, with the moment when all
    was last well.
    """

    def __init__(self) -> None:
        self.unproven: dict[str, float] = {}
        self.said: frozenset[str] = frozenset()
        self._outage = Outage(__name__, "runs whose rows are locked cannot be vouched for")

    def note(self, vouched: Vouched, *, before: float) -> None:
        """What a round found; the one before it began at ``before``."""
        if vouched.problem:
            self._outage.failed(vouched.problem)
        else:
            self._outage.worked()
        self.said = vouched.said
        self.unproven = (
            {}
            if vouched.is_said
            else {one: self.unproven.get(one, before) for one in vouched.locked}
        )


def vouch(worker: str, identity: str, missing: Sequence[Message], said: frozenset[str]) -> Vouched:
    """Say of the runs that were not renewed, and are still this worker's, that they are; ``said``
    was said before.

    Never raises: the runs that were renewed are well.
    """
    locked = frozenset(message.task_id for message in missing)
    try:
        locked = _still_ours(worker, missing)
        if not locked and not said:
            return Vouched(locked, True, said)
        mine = Worker.objects.using(LIFECYCLE).filter(pk=worker, identity=identity)
        if mine.update(vouched=sorted(locked), heartbeat_at=Now()):
            return Vouched(locked, True, locked)
        return Vouched(locked, not locked, said)
    except Error as error:
        problem = with_lock_holders(error, LIFECYCLE)
        connections[LIFECYCLE].close()
        return Vouched(locked, False, said, problem)


def _still_ours(worker: str, missing: Sequence[Message]) -> frozenset[str]:
    """Read without a lock: a row that somebody has locked is as it was before."""
    if not missing:
        return frozenset()
    mine = Run.objects.using(LIFECYCLE).filter(state=RunState.RUNNING, worker=worker)
    found = set(
        mine.filter(pk__in=[one.run_id for one in missing]).values_list("pk", "publish_count")
    )
    return frozenset(one.task_id for one in missing if (one.run_id, one.publish) in found)
