"""Lets a pool child end after the run that it is at, and its pool put another one in its place."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import Any

from billiard.process import current_process

from jobs.execution.slots import Board, board

BROKEN = 1
HEARD_SECONDS, LOOK_SECONDS = 1.0, 0.002
AGAIN_SECONDS, MOST_LOOKS = 0.01, 100


class Leaving:
    """What a pool child of billiard's does where it would wait for its next message.

    By then the run's end is recorded and told to the main process, and ending is as good as being
    told to: the child goes the way of one whose pool shrinks.
    """

    def __init__(self, shown: Board = board) -> None:
        self.board = shown
        self.is_asked = self._is_in_pool = False
        self._taken = 0

    def prepare(self) -> None:
        """Call in a pool child before it takes its first message; does nothing in the solo pool."""
        self.is_asked, self._taken = False, 0
        worker: Any = getattr(current_process(), "_target", None)
        self._is_in_pool = hasattr(worker, "wait_for_job")
        if self._is_in_pool:
            worker.wait_for_job = partial(self._next, worker, worker.wait_for_job)

    def after_this_run(self) -> None:
        """The main process sees it on the board, and hands this child no message that would come
        too late.
        """
        self.is_asked = True
        self.board.leave()

    def at_once(self) -> None:
        """Die: what this child was at is lost with it, as the main process will see.

        Returns outside of a pool.
        """
        if self._is_in_pool:
            os._exit(BROKEN)

    def _next(self, worker: Any, wait: Any) -> Any:
        if self.is_asked:
            self._until_heard(worker.on_ready_counter)
            raise SystemExit(0)
        message = wait()
        self._taken += message is not None
        return message

    def _until_heard(self, counter: Any) -> None:
        """Billiard waits for that as well, and looks ten times a second: for that long nobody has
        this slot.
        """
        until = time.monotonic() + HEARD_SECONDS
        while counter is not None and counter.value < self._taken and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)


leaving = Leaving()


def attend(pool: Any, timer: Any) -> None:
    """In the main process: put another child in the place of one that leaves as soon as it is gone.

    Until then it stays taken, so that no message waits in its pipe. Celery hears of its end a
    moment before there is one, and would look again only at the next turn. ``timer`` is the event
    loop's: only the main thread may fork.
    """
    asyn = pool._pool
    if hasattr(asyn, "_mark_worker_as_available"):
        celerys_own = getattr(
            asyn._mark_worker_as_available, "celerys_own", asyn._mark_worker_as_available
        )
        asyn._mark_worker_as_available = _Attendant(pool, timer, celerys_own)


class _Attendant:
    """Called when a child has handed over the end of its task; by the number of the pipe that its
    messages come in.
    """

    def __init__(self, pool: Any, timer: Any, celerys_own: Any) -> None:
        self.pool, self.timer, self.celerys_own = pool, timer, celerys_own

    def __call__(self, inqueue: int) -> None:
        child = self.pool._pool._fileno_to_inq.get(inqueue)
        slot = board.of(child.pid) if child else None
        if slot is None or not slot.leaves:
            self.celerys_own(inqueue)
        else:
            self.replace(child, MOST_LOOKS)

    def replace(self, child: Any, looks: int) -> None:
        self.pool.maintain_pool()
        if looks and child in self.pool._pool._pool:
            self.timer.call_after(AGAIN_SECONDS, self.replace, (child, looks - 1))
