"""``finish``: what a body writes and the end of its run, in one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from celery import current_app, states
from django.db import Error, connections, router, transaction

from jobs.execution import current
from jobs.execution.current import Current
from jobs.execution.exceptions import error_line_of
from jobs.execution.isolation.surroundings import note
from jobs.execution.outcome import secret_values
from jobs.execution.outcome.reporter import store_last_progress, store_log
from jobs.lifecycle.connections import LIFECYCLE
from jobs.lifecycle.finish import Ended, succeed_within, tell_of
from jobs.models import Run

logger = logging.getLogger(__name__)


class RunTaken(RuntimeError):
    """The run is no longer this attempt's; nothing was committed."""


class AlreadyFinished(RuntimeError):
    """The run has ended, and its body asks for another end."""


@dataclass(slots=True)
class Finish:
    """``result`` is what is kept as the run's result, in place of what the body returns."""

    result: Any = None


@contextmanager
def finish() -> Iterator[Finish]:
    """A transaction that commits what the body writes in it together with the run's success.

    Both are stored, or neither: an error in the block, a process that dies in it, or a run that was
    given to another attempt meanwhile rolls back all of it, and the run is retried or executed
    again by its usual rules. It concerns what is written through Django to the database that holds
    the runs. The run has succeeded when the block is left; what the body does after that changes
    nothing of it. Outside of a run (a task called as a function, an eager test) it is a plain
    transaction.

    Raises RunTaken when another attempt has the run, AlreadyFinished at a second call,
    RuntimeError inside of another transaction, which could still be rolled back.
    """
    running, asked = current.current_run(), Finish()
    alias = router.db_for_write(Run)
    if running is None or not running.in_body:
        with transaction.atomic(using=alias):
            yield asked
        return
    if running.is_over:
        raise AlreadyFinished("beatwright.finish() has ended this run already")
    began_ns = time.time_ns()
    with transaction.atomic(using=alias, durable=True):
        yield asked
        ended = _record(running, asked.result, alias)
    running.is_over = running.has_finished = True
    store_last_progress(running)
    tell_of(running.claim.message, ended, began_ns)


def keep_the_rest(running: Current, status: str) -> None:
    """Store what the body said after it had finished, and how it went on to end, in its log."""
    if status in states.EXCEPTION_STATES:
        line = secret_values.text(error_line_of(running.error)) if running.error else status
        note(running, f"the body failed after it had finished its run, which has succeeded: {line}")
    try:
        store_log(running.log)
    except Error as error:
        connections[LIFECYCLE].close()
        logger.warning("last lines not stored: %s", error)


def _record(running: Current, result: Any, alias: str) -> Ended:
    claim = running.claim
    backend: Any = current_app.tasks[claim.message.task_name].backend
    ended = succeed_within(claim, backend.success_of(claim.message, result), using=alias)
    if ended is None:
        raise RunTaken(
            "the run was ended, or given to another attempt, before beatwright.finish() could end "
            "it: nothing of the block was committed"
        )
    return ended
