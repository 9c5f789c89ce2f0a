"""Where an outcome is written: in the pool child at once, in the worker's main process by a thread of its own."""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import time

from django.db import Error, connections

from jobs.execution import current, spool, verdict
from jobs.execution.capture import THREAD_PREFIX
from jobs.execution.current import Current
from jobs.execution.reporter import store_last_progress
from jobs.lifecycle.connections import LIFECYCLE, TRANSIENT
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome

DRAIN_SECONDS, DRAIN_POLL_SECONDS = 20.0, 0.02
MOST_EXPECTED = 1_000
logger = logging.getLogger(__name__)


def settle(message: Message, outcome: Outcome) -> None:
    """Record the end of an attempt. In the main process this returns at once: its event loop must not wait."""
    if clerk.is_on_duty():
        clerk.hand(message, outcome)
    else:
        settle_here(message, outcome)


def settle_here(message: Message, outcome: Outcome) -> None:
    """Record the end of an attempt together with the rest of its log, waiting for the database, at last on disk."""
    running = current.of_task(message.task_id)
    if running:
        running.is_over = True
    try:
        _write(message, outcome, running)
    except TRANSIENT:
        spool.keep(message, outcome, running.log.pending() if running else ())
    except (Error, ValueError) as error:  # drivers raise ValueError for text they cannot send
        logger.exception("outcome refused by the database", extra={"run_id": str(message.run_id)})
        finish(message, verdict.unstorable(outcome, error))


def _write(message: Message, outcome: Outcome, running: Current | None) -> None:
    if running is None:
        finish(message, outcome)
        return
    store_last_progress(running)
    with running.log.saving:
        pieces = running.log.pending()
        finish(message, outcome, claimed=running.claim, log=pieces)
        running.log.saved(pieces)


class Clerk:
    """Writes the outcomes that the worker's main process has to record, in order, and all of them before it exits."""

    def __init__(self) -> None:
        self._main_pid = 0
        self._outcomes: queue.Queue[tuple[Message, Outcome] | None] = queue.Queue()
        self._writing: tuple[Message, Outcome] | None = None
        self._expected: dict[str, Outcome] = {}
        self._starting = threading.Lock()  # the event loop hands over, and so do the threads of supervision
        self._thread: threading.Thread | None = None

    def take_post(self) -> None:
        """From now on this process is a worker's main process."""
        self._main_pid = os.getpid()
        atexit.register(self.drain)  # a cold shutdown sends no worker_shutdown

    def leave_post(self) -> None:
        """This process runs bodies itself."""
        self._main_pid = 0

    def is_on_duty(self) -> bool:
        return self._main_pid == os.getpid()

    def expect(self, message: Message, outcome: Outcome) -> None:
        """Whatever Celery makes of the death of this message's pool child: it is ``outcome``."""
        self._expected[message.task_id] = outcome
        for forgotten in list(self._expected)[:-MOST_EXPECTED]:
            del self._expected[forgotten]

    def hand(self, message: Message, outcome: Outcome) -> None:
        """Have the outcome written; returns at once."""
        self._outcomes.put((message, self._expected.get(message.task_id, outcome)))
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=f"{THREAD_PREFIX}clerk", daemon=True)
                self._thread.start()

    def drain(self, seconds: float = DRAIN_SECONDS) -> bool:
        """Wait until everything handed over is written; False, and the rest kept on disk, if that took too long."""
        give_up = time.monotonic() + seconds
        while self.is_on_duty() and self._outcomes.unfinished_tasks:
            if time.monotonic() > give_up:
                self._keep_on_disk()
                return False
            time.sleep(DRAIN_POLL_SECONDS)
        return True

    def dismiss(self, seconds: float = DRAIN_SECONDS) -> None:
        """Leave the post once everything is written."""
        self._outcomes.put(None)
        self.leave_post()
        if self._thread:
            self._thread.join(seconds)

    def _keep_on_disk(self) -> None:
        for handed in [self._writing, *self._outcomes.queue]:
            if handed:
                spool.keep(*handed)

    def _work(self) -> None:
        while handed := self._outcomes.get():
            self._writing = handed
            try:
                settle_here(*handed)
            except Error:
                logger.exception("outcome not stored: %s", handed[1].ending, extra={"run_id": str(handed[0].run_id)})
            finally:
                self._writing = None
                self._outcomes.task_done()
        connections[LIFECYCLE].close()


clerk = Clerk()
