"""The database connection of the life cycle, apart from the one that task bodies use, and its
patience.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs import events
from jobs.database.locks import is_lock_timeout, with_lock_holders
from jobs.outages import Outage

LIFECYCLE = "lifecycle"
TRANSIENT = (OperationalError, InterfaceError)
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0

T = TypeVar("T")


def persist(
    operation: Callable[[], T],
    *,
    patience_seconds: float,
    lock_patience_seconds: float | None = None,
) -> T:
    """Call ``operation`` until the database answers; it must be safe to repeat.

    Raises the last error once ``patience_seconds`` have passed, for a lock
    ``lock_patience_seconds`` where given. Only errors of the connection and locks are waited out:
    what the database refuses for its content is raised at once.
    """
    began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
    outage = Outage(
        __name__, "the database does not answer, trying again", "the database has answered"
    )
    while True:
        try:
            answer = operation()
            outage.worked()
            return answer
        except TRANSIENT as error:
            is_lock = is_lock_timeout(error)
            outage.failed(with_lock_holders(error, LIFECYCLE))
            connections[LIFECYCLE].close()
            events.database_awaited.send_robust(None)
            patience = (
                lock_patience_seconds
                if is_lock and lock_patience_seconds is not None
                else patience_seconds
            )
            if time.monotonic() + pause > began + patience:
                raise
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def refresh_body_connections() -> None:
    """Drop the connections of task bodies that died or grew old, so that the next body finds
    working ones.

    Celery's own Django fix-up would reconnect around every task; CELERY_DB_REUSE_MAX keeps it from
    doing so.
    """
    for connection in _body_connections():
        connection.close_if_unusable_or_obsolete()


def leave_body_connections() -> list[str]:
    """End the transactions that a body of this thread has left open; return the aliases of their
    connections.

    The driver is asked, since Django knows nothing of a BEGIN that was executed by hand. Such a
    connection is closed: the database rolls back at once, and whatever Django has counted
    (savepoints, autocommit) begins anew with the next.
    """
    left_open = [connection for connection in _body_connections() if _is_in_transaction(connection)]
    for connection in left_open:
        connection.in_atomic_block = False  # close() would only mark a connection inside atomic()
        connection.close()
    refresh_body_connections()
    return [connection.alias for connection in left_open]


def _body_connections() -> list[BaseDatabaseWrapper]:
    return [
        connection
        for connection in connections.all(initialized_only=True)
        if connection.alias != LIFECYCLE
    ]


def _is_in_transaction(connection: BaseDatabaseWrapper) -> bool:
    driver: Any = connection.connection
    if driver is None:
        return False
    if connection.in_atomic_block:
        return True
    if connection.vendor == "postgresql":
        return driver.info.transaction_status.name not in {"IDLE", "UNKNOWN"}
    return bool(getattr(driver, "in_transaction", False))
