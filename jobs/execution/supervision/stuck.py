"""Pool children that were given a message and have hung before its body began, or after it ended.

A body may take its time; what we do around it may not. A child shows on the slots' board that it
goes on, also while it waits for a database that is away. One that has not for
``child_silent_seconds`` is killed: its run, if it has not begun, is published again, and the slot
is free.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from jobs import conf
from jobs.execution.isolation.processes import kill_group
from jobs.execution.slots import Board, Slot, Stage, board
from jobs.execution.supervision.in_flight import Work, at_work, copy_of, take_away
from jobs.lifecycle.expiry import lost
from jobs.models import Loss

HUNG = lost("its pool child hung outside of the body", Loss.CHILD)
LOOP_IS_FRESH_SECONDS = 5.0

logger = logging.getLogger(__name__)


class StuckChildren:
    """``now``: children that are stuck at this moment; ``killed``: how many were killed since the
    worker started.
    """

    def __init__(self, pool: Any, shown: Board = board) -> None:
        self.pool, self.board = pool, shown
        self.now = self.killed = 0
        self.unaccepted: dict[int, float] = {}

    def run_once(self) -> dict[str, int]:
        now = time.monotonic()
        patience = conf.get().child_silent_seconds
        silent = [(work, self._silence(work, now)) for work in at_work()]
        self.now = sum(silence > patience / 2 for _, silence in silent)
        killed = sum(
            take_away(self.pool, work, HUNG) for work, silence in silent if silence > patience
        )
        killed += self._kill_deaf(now, patience)
        self.killed += killed
        return {"hung pool children killed": killed}

    def _silence(self, work: Work, now: float) -> float:
        """For how long (seconds) nothing was heard of the child, where something should have
        been.
        """
        slot = self.board.of(work.pid)
        if slot is None or slot.stage == Stage.BODY:
            return 0.0
        if slot.stage == Stage.IDLE:
            return now - work.since if slot.since < work.since else 0.0
        return now - slot.alive_at

    def _kill_deaf(self, now: float, patience: float) -> int:
        """Children that were written a message and have never taken it up."""
        if now - self.board.main.loop_at > LOOP_IS_FRESH_SECONDS:
            return 0  # what the event loop has not read yet, it cannot know
        waiting = {id(job): job for job in self._unaccepted_jobs()}
        self.unaccepted = {key: self.unaccepted.get(key, now) for key in waiting}
        deaf = [job for key, job in waiting.items() if now - self.unaccepted[key] > patience]
        return sum(self._kill(job._write_to.pid) for job in deaf)

    def _unaccepted_jobs(self) -> list[Any]:
        cache = getattr(getattr(self.pool, "_pool", None), "_cache", {})
        written = [job for job in copy_of(cache.values) if getattr(job, "_write_to", None)]
        return [
            job
            for job in written
            if not job._accepted and self._seems_idle(self.board.of(job._write_to.pid))
        ]

    def _seems_idle(self, slot: Slot | None) -> bool:
        return slot is None or slot.stage == Stage.IDLE

    def _kill(self, pid: int) -> bool:
        if not kill_group(self.pool, pid):
            return False
        logger.warning("a pool child was killed: it took up no message (pid %s)", pid)
        return True
