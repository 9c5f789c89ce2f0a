"""Where an outcome is written: in the pool child at once, in the worker's main process by a thread
of its own.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import threading
import time
from dataclasses import dataclass
from typing import Any

from django.db import Error, connections
from django_celery_results.models import TaskResult

from jobs import conf
from jobs.execution import current
from jobs.execution.current import Current
from jobs.execution.outcome import outcomes, spool
from jobs.execution.outcome.reporter import store_last_progress
from jobs.execution.sidecar.process import WRITER, SidecarAway, sidecar
from jobs.lifecycle.connections import LIFECYCLE, TRANSIENT
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome
from jobs.services import THREAD_PREFIX

BEYOND_PATIENCE_SECONDS = 60.0
ANOTHER_SIDECAR_SECONDS = 1.0
DRAIN_SECONDS, DRAIN_POLL_SECONDS = 20.0, 0.02
MOST_EXPECTED = 1_000
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HandedOutcome:
    """The end of a run's attempt, to be written by the outcome writer."""

    message: Message
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.outcome.ending} of {self.message.task_id}"


@dataclass(frozen=True, slots=True)
class HandedResult:
    """The result of a plain task, as django-celery-results' manager takes it."""

    columns: dict[str, Any]

    def __str__(self) -> str:
        return str(self.columns.get("task_id"))


Handed = HandedOutcome | HandedResult


def settle(message: Message, outcome: Outcome) -> None:
    """Record the end of an attempt.

    In the main process this returns at once: its event loop must not wait.
    """
    if outcome_writer.is_on_duty():
        outcome_writer.hand(message, outcome)
    else:
        settle_here(message, outcome)


def settle_here(message: Message, outcome: Outcome) -> None:
    """Record the end of an attempt together with the rest of its log, waiting for the database, at
    last on disk.
    """
    running = current.of_task(message.task_id)
    if running:
        running.is_over = True
    try:
        _write(message, outcome, running)
    except TRANSIENT:
        spool.keep_outcome(message, outcome, running.log.pending() if running else ())
    except (Error, ValueError) as error:  # drivers raise ValueError for text they cannot send
        logger.exception("outcome refused by the database", extra={"run_id": str(message.run_id)})
        finish(message, outcomes.unstorable(outcome, error))


def _write(message: Message, outcome: Outcome, running: Current | None) -> None:
    if running is None:
        finish(message, outcome)
        return
    store_last_progress(running)
    with running.log.saving:
        pieces = running.log.pending()
        finish(message, outcome, claimed=running.claim, log=pieces)
        running.log.saved(pieces)


class OutcomeWriter:
    """Writes the outcomes that the worker's main process has to record, in order, and all of them
    before it exits.
    """

    def __init__(self) -> None:
        self._main_pid = 0
        self._handed: queue.Queue[Handed | None] = queue.Queue()
        self._writing: Handed | None = None
        self._expected: dict[str, Outcome] = {}
        # The event loop hands over, and so do the threads of supervision.
        self._starting = threading.Lock()
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
        self._put(HandedOutcome(message, self._expected.get(message.task_id, outcome)))

    def hand_plain(self, **columns: Any) -> None:
        """Have the result of a plain task written; returns at once."""
        self._put(HandedResult(columns))

    def _put(self, handed: Handed) -> None:
        self._handed.put(handed)
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name=f"{THREAD_PREFIX}outcome_writer", daemon=True
                )
                self._thread.start()

    def drain(self, seconds: float = DRAIN_SECONDS) -> bool:
        """Wait until everything handed over is written; False, and the rest kept on disk, if that
        took too long.
        """
        give_up = time.monotonic() + seconds
        while self.is_on_duty() and self._handed.unfinished_tasks:
            if time.monotonic() > give_up:
                self._keep_on_disk()
                return False
            time.sleep(DRAIN_POLL_SECONDS)
        return True

    def dismiss(self, seconds: float = DRAIN_SECONDS) -> None:
        """Leave the post once everything is written."""
        self._handed.put(None)
        self.leave_post()
        if self._thread:
            self._thread.join(seconds)

    def _keep_on_disk(self) -> None:
        for handed in [self._writing, *self._handed.queue]:
            if isinstance(handed, HandedOutcome):
                spool.keep_outcome(handed.message, handed.outcome)

    def _work(self) -> None:
        while handed := self._handed.get():
            self._writing = handed
            try:
                _have_written(handed)
            except Error as error:
                logger.error("not stored: %s: %s", handed, error)
            finally:
                self._writing = None
                self._handed.task_done()
        connections[LIFECYCLE].close()


def _have_written(handed: Handed) -> None:
    """Through the sidecar, whose patience with the database is as long as a finish takes; or
    another one's.
    """
    patience = conf.get().lease_seconds + conf.get().finish_patience_seconds
    give_up = time.monotonic() + patience
    while True:
        try:
            sidecar.ask(WRITER, write, handed, seconds=patience + BEYOND_PATIENCE_SECONDS)
            return
        except SidecarAway:
            if time.monotonic() > give_up:
                break
            time.sleep(ANOTHER_SIDECAR_SECONDS)
    if isinstance(handed, HandedOutcome):
        spool.keep_outcome(handed.message, handed.outcome)


def write(handed: Handed) -> None:
    """Record what was handed over; a run's outcome waits for the database, a plain task's result
    does not.
    """
    if isinstance(handed, HandedOutcome):
        settle_here(handed.message, handed.outcome)
    else:
        TaskResult._default_manager.store_result(**handed.columns)


outcome_writer = OutcomeWriter()
