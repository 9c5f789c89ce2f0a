"""Lets a body use multiprocessing: what it forks is a process of its own, and no pool child that runs a run."""

from __future__ import annotations

import os
from typing import Any

from billiard.process import current_process
from django.db import connections

from jobs.execution import current
from jobs.execution.reporter import writing

PAUSE_SECONDS = 5.0  # a body that forks goes on all the same


def allow() -> None:
    """Call in a pool child. Celery marks it as a daemon, and daemons may have no children by Python's rules.

    The mark would have them ended with their parent. Here they are in its process group, and are killed with it.
    """
    process: Any = current_process()
    process._config["daemon"] = False
    pause = _Pause()
    os.register_at_fork(before=pause.begin, after_in_parent=pause.end, after_in_child=pause.end)
    os.register_at_fork(after_in_child=_be_a_process_of_your_own)


class _Pause:
    """No fork while the reporter is inside the database's library: its locks would stay closed in the child."""

    def __init__(self) -> None:
        self._is_held = False

    def begin(self) -> None:
        self._is_held = writing.acquire(timeout=PAUSE_SECONDS)

    def end(self) -> None:
        if self._is_held:
            self._is_held = False
            writing.release()


def _be_a_process_of_your_own() -> None:
    """Log into no run, whose lines the parent holds; and leave the parent's database connections alone."""
    current.end()
    for connection in connections.all(initialized_only=True):
        connection.connection = None
