"""Stopping a worker: nothing new is taken, what runs may finish within the grace time, the rest is released.

Celery's warm shutdown (SIGTERM, Ctrl-C) does the first two without a limit; this thread sets the limit. Celery's own
limit, its soft shutdown, sleeps the whole time inside the signal handler and was seen to break a pool that was forking.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from celery.worker import state

from jobs import conf
from jobs.execution import verdict
from jobs.execution.capture import THREAD_PREFIX
from jobs.execution.settle import clerk
from jobs.lifecycle.message import Message

AGAIN_SECONDS = 0.5
logger = logging.getLogger(__name__)


class Grace(threading.Thread):
    """Waits for the stop to begin, then for the grace time, then releases what is left until the worker is gone."""

    def __init__(self, worker: Any) -> None:
        super().__init__(name=f"{THREAD_PREFIX}grace", daemon=True)
        self.worker = worker
        self.begun = threading.Event()
        self.gone = threading.Event()

    def run(self) -> None:
        self.begun.wait()
        if self.gone.wait(conf.get().stop_grace_seconds):
            return
        while True:
            for request in active_requests():
                self.release(request)
            if self.gone.wait(AGAIN_SECONDS):
                return

    def release(self, request: Any) -> None:
        """Take the run away from its pool child and give it back to its queue; a plain task is only stopped."""
        message = Message.of(request._context)
        if message:
            clerk.expect_release(message)
        if kill_group(self.worker.pool, request.worker_pid) and message:
            logger.warning("released at the end of the grace time", extra={"run_id": str(message.run_id)})
            clerk.hand(message, verdict.release())


def active_requests() -> list[Any]:
    """The requests whose tasks the pool has begun."""
    return snapshot(lambda: state.active_requests)


def snapshot(requests: Callable[[], Iterable[Any]]) -> list[Any]:
    """A copy of a set that the main thread may change while we look; it rarely does."""
    for _ in range(100):
        try:
            return list(requests())
        except RuntimeError:
            continue
    return []


def kill_group(pool: Any, pid: int | None) -> bool:
    """Kill a pool child and all that it started; False if ``pid`` is not a child of ours that leads its own group."""
    if pid is None or parent_of(pid) != os.getpid() or os.getpgid(pid) != pid:
        return False
    process, _ = pool._pool._process_by_pid(pid)
    if process is not None:  # tells Celery that this death is intended
        process._controlled_termination = process._job_terminated = True
    os.killpg(pid, signal.SIGKILL)
    return True


def kill_orphans(pid: int | None) -> bool:
    """Kill what a dead pool child has left behind in its process group; False if there is nothing, or it lives."""
    if pid is None or parent_of(pid) is not None:
        return False
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def parent_of(pid: int) -> int | None:
    """The parent's process id; None if there is no such process or it is a zombie."""
    try:
        state_and_parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state_and_parent[0] == "Z" else int(state_and_parent[1])
