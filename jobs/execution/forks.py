"""Lets a body use multiprocessing: what it forks is a process of its own, and no pool child that runs a run."""

from __future__ import annotations

import os
from typing import Any

from billiard.process import current_process
from django.db import connections

from jobs.execution import current


def allow() -> None:
    """Call in a pool child. Celery marks it as a daemon, and daemons may have no children by Python's rules.

    The mark would have them ended with their parent. Here they are in its process group, and are killed with it.
    """
    process: Any = current_process()
    process._config["daemon"] = False
    os.register_at_fork(after_in_child=_be_a_process_of_your_own)


def _be_a_process_of_your_own() -> None:
    """Log into no run, whose lines the parent holds; and leave the parent's database connections alone."""
    current.end()
    for connection in connections.all(initialized_only=True):
        connection.connection = None
