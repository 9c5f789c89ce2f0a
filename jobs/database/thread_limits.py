"""Threads whose statements must not take long: one that hangs would hold up all else that the
thread sees to.
"""

from __future__ import annotations

import threading
from typing import Any

from django.db.backends.signals import connection_created

from jobs import conf
from jobs.database.deadlines import answer_within_here

LIMITS = {
    "postgresql": "SET statement_timeout = {milliseconds}; SET lock_timeout = {lock}",
    "sqlite": "PRAGMA busy_timeout = {milliseconds}",
}

_this_thread = threading.local()


def limit_this_thread() -> None:
    """From here on, connections that this thread makes wait for ``lease_timeout_seconds`` at
    most.
    """
    _this_thread.is_limited = True
    # The server's own limit comes first, where it can.
    answer_within_here(conf.get().lease_timeout_seconds + 1)
    connection_created.connect(_limit, dispatch_uid="jobs.database.thread_limits")


def _limit(connection: Any, **_: object) -> None:
    if getattr(_this_thread, "is_limited", False) and connection.vendor in LIMITS:
        longest = conf.get().lease_timeout_seconds
        # The sooner of the two is the one that is told.
        lock = min(conf.get().loop_lock_wait_seconds, longest / 2)
        limit = LIMITS[connection.vendor].format(
            milliseconds=int(longest * 1000), lock=int(lock * 1000)
        )
        with connection.cursor() as cursor:
            cursor.execute(limit)
