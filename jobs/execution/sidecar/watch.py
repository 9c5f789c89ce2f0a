"""What the sidecar sees to without being asked: bodies that nobody else can stop, and a main
process that is gone.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Collection, Sequence
from functools import partial

from django.db import Error

from jobs import conf
from jobs.execution.isolation.processes import (
    descendants_of,
    kill,
    kill_child_group,
    kill_orphans,
    parent_of,
    start_of,
)
from jobs.execution.slots import Board, Slot, Stage, board
from jobs.execution.supervision import predecessors
from jobs.lifecycle.connections import persist

LOOK_SECONDS = 0.5
DEATH_SECONDS = 2.0
OWN_PAUSE_SECONDS = 5.0
RECORD_PATIENCE_SECONDS = 30.0

logger = logging.getLogger(__name__)


class Watch:
    """``main`` is the main process's pid, ``worker`` its name."""

    def __init__(self, main: int, worker: str, shown: Board = board) -> None:
        self.main, self.worker, self.board = main, worker, shown
        self.looked_at = self.sees_since = time.monotonic()
        self.started: dict[int, str | None] = {}

    def run(self, *, while_any: Sequence[threading.Thread]) -> None:
        """Look twice a second, until the main process has hung up on all its lanes, or is gone."""
        while parent_of(os.getpid()) == self.main:
            if not any(thread.is_alive() for thread in while_any):
                return
            self.look(now=time.monotonic())
            time.sleep(LOOK_SECONDS)
        self.clean_up()

    def look(self, *, now: float) -> None:
        if now - self.looked_at > OWN_PAUSE_SECONDS:
            self.sees_since = now  # we were frozen ourselves: the others get their time to wake up
        self.looked_at = now
        self.remember_what_bodies_started()
        self.stop_exclusive_bodies(now)
        if silence := self.silence(now):
            logger.error("the main process %s: it is killed", silence)
            self.kill_main()

    def remember_what_bodies_started(self) -> None:
        """The main process gets what its pool children leave behind; where it dies itself, nobody
        would.
        """
        bodies = [slot.pid for slot in self.children() if slot.stage == Stage.BODY]
        self.started = {pid: start_of(pid) for body in bodies for pid in descendants_of(body)}

    def stop_exclusive_bodies(self, now: float) -> None:
        """The dead man's switch: the main process does this itself, a look earlier, unless it
        stands still.
        """
        if (
            now - self.board.main.renewed_at
            <= conf.get().exclusive_patience_seconds + 2 * LOOK_SECONDS
        ):
            return
        for slot in self.children():
            if slot.is_exclusive and slot.stage == Stage.BODY:
                self.board.note_stopped(slot.pid)
                if self.kill_child(slot.pid):
                    logger.warning(
                        "an exclusive body was stopped: its lease could not be renewed (pid %s)",
                        slot.pid,
                    )

    def silence(self, now: float) -> str:
        """What the main process has not done for ``silent_kill_seconds``; empty if it does well."""
        most = conf.get().silent_kill_seconds
        main = self.board.main
        if now - max(main.heartbeat_at, self.sees_since) > most:
            return f"has not been heard for {most:g} s"
        if main.stops_until:
            return (
                "does not come to its end"
                if now > max(main.stops_until, self.sees_since + most)
                else ""
            )
        return (
            f"has not looked after its messages for {most:g} s"
            if now - max(main.loop_at, self.sees_since) > most
            else ""
        )

    def children(self) -> list[Slot]:
        return [slot for slot in self.board if parent_of(slot.pid) == self.main]

    def kill_child(self, pid: int) -> bool:
        """With all that it started; False if it is no child of the main process any more."""
        return kill_child_group(pid, of=self.main)

    def kill_main(self) -> None:
        """Its children die with it."""
        os.kill(self.main, signal.SIGKILL)

    def clean_up(self) -> None:
        """The main process was killed. Its children died with it; what they had started did not."""
        pids = {slot.pid for slot in self.board}
        _wait_for_the_death_of(pids)
        for pid in pids:
            kill_orphans(pid)
        for pid, started in self.started.items():
            if started is not None and start_of(pid) == started:
                kill(pid)
        try:
            lost = persist(
                partial(predecessors.record_killed, self.worker, pids),
                patience_seconds=RECORD_PATIENCE_SECONDS,
            )
            logger.warning("the main process is gone: %s runs lost with it", lost)
        except Error as error:
            logger.warning("its runs are left to their leases: %s", error)


def _wait_for_the_death_of(pids: Collection[int]) -> None:
    """The kernel kills pool children when their main process dies, but not in the same instant."""
    until = time.monotonic() + DEATH_SECONDS
    while any(parent_of(pid) is not None for pid in pids) and time.monotonic() < until:
        time.sleep(0.02)
