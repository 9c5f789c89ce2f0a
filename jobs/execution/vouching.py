"""Runs that are this worker's although their leases cannot be renewed, because somebody else keeps their rows locked.

The worker says in its own row that it still has them, and the sweep believes that for as long as a lease. See
docs/adr/0019.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import Error, connections
from django.db.models.functions import Now

from jobs.database.locks import told
from jobs.execution.processes import identity
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.message import Message
from jobs.models import Run, RunState, Worker
from jobs.outages import Outage


class Vouching:
    """``unproven``: the task ids for which it could not be said either, with the moment when all was last well."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.unproven: dict[str, float] = {}
        self._said: set[str] = set()
        self._outage = Outage(__name__, "runs whose rows are locked cannot be vouched for")

    def run_once(self, missing: Sequence[Message], *, asked: float, before: float) -> None:
        """``missing`` were not renewed by the round that began at ``asked``; the one before it began at ``before``.

        Never raises: the runs that were renewed are well.
        """
        locked = {message.task_id for message in missing}
        try:
            locked = self._still_ours(missing)
            is_said = self._say(locked)
            self._outage.worked()
        except Error as error:
            self._outage.failed(told(error, LIFECYCLE))
            connections[LIFECYCLE].close()
            is_said = False
        self.unproven = {} if is_said else {one: self.unproven.get(one, before) for one in locked}

    def _still_ours(self, missing: Sequence[Message]) -> set[str]:
        """Read without a lock: a row that somebody has locked is as it was before."""
        if not missing:
            return set()
        mine = Run.objects.using(LIFECYCLE).filter(state=RunState.RUNNING, worker=self.worker)
        found = set(mine.filter(pk__in=[one.run_id for one in missing]).values_list("pk", "publish_count"))
        return {one.task_id for one in missing if (one.run_id, one.publish) in found}

    def _say(self, locked: Iterable[str]) -> bool:
        wanted = set(locked)
        if not wanted and not self._said:
            return True
        mine = Worker.objects.using(LIFECYCLE).filter(pk=self.worker, identity=identity())
        if not mine.update(vouched=sorted(wanted), heartbeat_at=Now()):
            return not wanted
        self._said = wanted
        return True
