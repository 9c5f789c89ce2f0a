"""A thread of the pool child that stores logs and progress while the body runs, over its own
connection.
"""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

from django.db import Error, connections, transaction

from jobs import conf
from jobs.execution import current
from jobs.execution.current import Current
from jobs.execution.outcome.logs import LogBuffer
from jobs.lifecycle import run_log
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.texts import bounded_json
from jobs.models import Run, RunState
from jobs.services import Service, ServiceThread

logger = logging.getLogger(__name__)
writing = threading.Lock()  # held while the thread is inside the database's library


class Reporter(ServiceThread):
    """Every LOG_FLUSH_SECONDS stores what the current run has to say; an error leaves it for the
    next time.

    The body's own transaction, open or not, does not matter: on PostgreSQL this connection is
    another one, on SQLite the thread waits until the body has committed.
    """

    def __init__(self) -> None:
        storing = Storing("log and progress", conf.get().log_flush_seconds, store_what_is_said)
        super().__init__("reporter", [storing], is_limited=False)


class Storing(Service):
    """Holds ``writing`` for as long as it has to do with the database, also to let go of a
    connection that failed.
    """

    def run(self) -> None:
        with writing:
            super().run()


def store_what_is_said() -> None:
    """Store the log and the progress of the current run up to now."""
    if running := current.current_run():
        store_log(running.log)
        store_progress(running)


def store_last_progress(running: Current) -> None:
    """What the body reported last and nobody has stored yet; the run's end matters more than that
    it succeeds.
    """
    try:
        store_progress(running)
    except Error as error:
        connections[LIFECYCLE].close()
        logger.warning("last progress not stored: %s", error)


def store_log(log: LogBuffer) -> None:
    with log.saving:
        if pieces := log.pending():
            with transaction.atomic(using=LIFECYCLE):
                run_log.store(pieces)
            log.saved(pieces)


def store_progress(running: Current) -> None:
    with running.log.saving:  # the last word must not be overtaken by the last but one
        if running.progress_is_new.is_set():
            running.progress_is_new.clear()
            _write_progress(running)


def _write_progress(running: Current) -> None:
    message = running.claim.message
    held = Run.objects.using(LIFECYCLE).filter(
        pk=message.run_id,
        state=RunState.RUNNING,
        publish_count=message.publish,
        worker=message.worker,
    )
    try:
        held.update(progress=_fit(running.redactor.json(running.log.hidden.json(running.progress))))
    except Error:
        running.progress_is_new.set()
        raise


def _fit(progress: Any) -> Any:
    """As large as a result may be: it stands in the run's own row, which lists read."""
    return json.loads(bounded_json(json.dumps(progress), conf.get().result_max_bytes))
