"""The database connection of the life cycle, apart from the one that task bodies use, and its patience."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections

from jobs import events
from jobs.database.locks import is_lock_timeout, told
from jobs.outages import Outage

LIFECYCLE = "lifecycle"
TRANSIENT = (OperationalError, InterfaceError)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0

T = TypeVar("T")


def persist(operation: Callable[[], T], *, patience_seconds: float, lock_patience_seconds: float | None = None) -> T:
    """Call ``operation`` until the database answers; it must be safe to repeat.

    Raises the last error once ``patience_seconds`` have passed, for a lock ``lock_patience_seconds`` where given. Only
    errors of the connection and locks are waited out: what the database refuses for its content is raised at once.
    """
    began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
    outage = Outage(__name__, "the database does not answer, trying again", "the database has answered")
    while True:
        try:
            answer = operation()
            outage.worked()
            return answer
        except TRANSIENT as error:
            is_lock = is_lock_timeout(error)
            outage.failed(told(error, LIFECYCLE))
            connections[LIFECYCLE].close()
            events.database_awaited.send_robust(None)
            patience = lock_patience_seconds if is_lock and lock_patience_seconds is not None else patience_seconds
            if time.monotonic() + pause > began + patience:
                raise
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def refresh_body_connections() -> None:
    """Drop the connections of task bodies that died, grew old, or were left in a transaction begun by hand.

    Celery's own Django fix-up would reconnect around every task; CELERY_DB_REUSE_MAX keeps it from doing so. Before a
    body, that it finds working connections; after it, that no transaction of its own stands in the way of its end.
    """
    for connection in connections.all(initialized_only=True):
        if connection.alias != LIFECYCLE:
            connection.close_if_unusable_or_obsolete()
