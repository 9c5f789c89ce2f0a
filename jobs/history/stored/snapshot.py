"""Reading everything as it was at one moment, while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

STATEMENT_SECONDS = 50
# Between two pages this process computes; it holds no row locked meanwhile, but the snapshot keeps
# vacuum waiting.
IDLE_SECONDS = 300
POSTGRESQL = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    f"SET LOCAL statement_timeout = {STATEMENT_SECONDS * 1000}",
    f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_SECONDS * 1000}",
)


@contextmanager
def snapshot() -> Iterator[None]:
    """All queries inside see the same rows, and none may write.

    Raises RuntimeError inside of a transaction.
    """
    if connection.in_atomic_block:
        raise RuntimeError("a snapshot begins outside of any transaction")
    connection.ensure_connection()
    with _postgresql() if connection.vendor == "postgresql" else _sqlite():
        yield


@contextmanager
def _postgresql() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in POSTGRESQL:
            cursor.execute(statement)
        yield


@contextmanager
def _sqlite() -> Iterator[None]:
    """By hand: atomic() would take the lock of the one writer, and keep it until the end."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
            cursor.execute("PRAGMA query_only = OFF")
