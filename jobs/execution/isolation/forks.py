"""Lets a body use multiprocessing: what it forks is a process of its own, and no pool child that
runs a run.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from billiard.common import _shutdown_cleanup  # type: ignore[attr-defined]  # not in its stubs
from billiard.pool import soft_timeout_sighandler
from billiard.process import current_process
from django.db import connections

from jobs.execution import current
from jobs.execution.outcome.reporter import writing

PAUSE_SECONDS = 5.0  # a body that forks goes on all the same
# What ends a process, and what billiard lets a pool child do instead: to note it, and end when
# Python runs again.
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)
OF_A_POOL_CHILD = (_shutdown_cleanup, soft_timeout_sighandler)


def allow() -> None:
    """Call in a pool child.

    Celery marks it as a daemon, and daemons may have no children by Python's rules.

    The mark would have them ended with their parent. Here they are in its process group, and are
    killed with it.
    """
    process: Any = current_process()
    process._config["daemon"] = False
    signals, pause = _Signals(), _Pause()
    os.register_at_fork(
        before=signals.hold,
        after_in_parent=signals.let_go,
        after_in_child=signals.end_by_them_and_let_go,
    )
    os.register_at_fork(before=pause.begin, after_in_parent=pause.end, after_in_child=pause.end)
    os.register_at_fork(after_in_child=_be_a_process_of_your_own)


class _Pause:
    """No fork while the reporter is inside the database's library: its locks would stay closed in
    the child.
    """

    def __init__(self) -> None:
        self._is_held = False

    def begin(self) -> None:
        self._is_held = writing.acquire(timeout=PAUSE_SECONDS)

    def end(self) -> None:
        if self._is_held:
            self._is_held = False
            writing.release()


class _Signals:
    """Lets what a body forks end by a signal at once, as ``multiprocessing.Pool`` expects when it
    ends its workers.

    With billiard's handlers one that comes in a child's first moments is lost: Python throws away
    what it has noted before the fork is over, and the body waits for ever. So none is delivered
    before the child has done with them.
    """

    def __init__(self) -> None:
        self._before = threading.local()

    def hold(self) -> None:
        self._before.mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)

    def let_go(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before.mask)

    def end_by_them_and_let_go(self) -> None:
        for number in ENDING:
            if signal.getsignal(number) in OF_A_POOL_CHILD:  # a handler of the body's own stays
                signal.signal(number, signal.SIG_DFL)
        self.let_go()


def _be_a_process_of_your_own() -> None:
    """Log into no run, whose lines the parent holds; and leave the parent's database connections
    alone.
    """
    current.end_run()
    for connection in connections.all(initialized_only=True):
        connection.connection = None
