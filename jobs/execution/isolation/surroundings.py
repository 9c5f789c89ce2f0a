"""What a body finds around it, and what the next one is not to find: a pool child runs many bodies,
one by one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

from jobs.execution import current
from jobs.execution.current import Current
from jobs.execution.isolation.residue import Baselines
from jobs.execution.outcome import capture, printing
from jobs.execution.outcome.logs import LINE
from jobs.execution.slots import Stage, board
from jobs.execution.worker.child_turnover import leaving
from jobs.lifecycle.connections import leave_body_connections

# Those that the worker or the pool has a use for, and the one of signal.alarm().
SIGNALS = tuple(
    getattr(signal, name)
    for name in (
        "SIGTERM",
        "SIGINT",
        "SIGQUIT",
        "SIGHUP",
        "SIGUSR1",
        "SIGUSR2",
        "SIGALRM",
        "SIGCHLD",
    )
)
Handlers = dict[signal.Signals, Any]
logger = logging.getLogger(__name__)


@contextlib.contextmanager
def surroundings(running: Current) -> Iterator[None]:
    """What is logged meanwhile is the body's; logging, signals, streams and directory are as they
    were for the next.

    A transaction that the body leaves open is rolled back before its end is recorded: its locks may
    stand in the way. So do its processes end. Where it leaves what cannot be undone, no other body
    follows in this process.
    """
    capture.capture_logs()
    before = Baselines.now()
    streams, directory, handlers, set_up = (
        (sys.stdout, sys.stderr),
        _directory(),
        _handlers(),
        capture.SetUp.now(),
    )
    running.in_body = True
    board.enter(Stage.BODY, exclusive=running.claim.exclusive)
    try:
        yield
    finally:
        _restore_handlers(handlers)
        set_up.restore()
        sys.stdout, sys.stderr = streams
        printing.flush()
        running.in_body = False
        board.enter(Stage.ENDING)
        end_transactions()
        _return_to(directory)
        _clear_up(running, before)


def _clear_up(running: Current, before: Baselines) -> None:
    """Nothing that fails in here is the run's own failure; but a process in which it does is not to
    be trusted.
    """
    try:
        if names := before.restore_environment():
            note(running, f"the body left the environment changed ({names}): it was restored")
        left = before.left_behind()
    except Exception:
        logger.exception("the process cannot be compared with what it was, and is replaced")
        leaving.after_this_run()
        return
    if left:
        note(running, f"the body left {left} behind: its process was replaced")
    if left or running.claim.fresh_process:
        leaving.after_this_run()


def end_transactions() -> None:
    """Roll back what a body has left open in this thread, and say so in its log."""
    running = current.current_run()
    for alias in leave_body_connections():
        if running and (running.has_finished or not running.is_over):
            note(
                running,
                f"the body left a transaction open (database connection {alias!r}): it was "
                "rolled back",
            )


def note(running: Current, text: str) -> None:
    """A line of the engine's own in the run's log."""
    record = logger.makeRecord(logger.name, logging.WARNING, "", 0, text, (), None)
    running.log.write(LINE.format(record))


def _directory() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  # as a text: os.chdir takes it back as it is
    except OSError:
        return None  # it was removed


def _return_to(directory: str | None) -> None:
    if directory is not None:
        with contextlib.suppress(OSError):
            os.chdir(directory)


def _handlers() -> Handlers:
    if threading.current_thread() is not threading.main_thread():
        return {}  # Python lets only the main thread set them
    return {each: signal.getsignal(each) for each in SIGNALS}


def _restore_handlers(handlers: Handlers) -> None:
    if not handlers:
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    for each, handler in handlers.items():
        if handler is not None and signal.getsignal(each) != handler:
            signal.signal(each, handler)
