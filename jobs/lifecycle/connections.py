"""The database connection of the life cycle, apart from the one that task bodies use, and its patience."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections

from jobs import events

LIFECYCLE = "lifecycle"
TRANSIENT = (OperationalError, InterfaceError)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0

logger = logging.getLogger(__name__)
T = TypeVar("T")


def persist(operation: Callable[[], T], *, patience_seconds: float) -> T:
    """Call ``operation`` until the database answers; it must be safe to repeat.

    Raises the last error once ``patience_seconds`` have passed. Only errors of the connection are waited out: what the
    database refuses for its content is raised at once.
    """
    give_up = time.monotonic() + patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return operation()
        except TRANSIENT as error:
            connections[LIFECYCLE].close()
            events.database_awaited.send_robust(None)
            if time.monotonic() + pause > give_up:
                raise
            logger.warning("the database does not answer, trying again: %s", error)
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
