"""A bound on how long a page's queries may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection

from jobs.database.sessions import STATEMENT, ours


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Inside the block PostgreSQL ends a query that takes longer, with OperationalError; SQLite as
    it always does.
    """
    if connection.vendor != "postgresql":
        yield
        return
    most = ours(connection).get(STATEMENT)
    usual = f"{most * 1_000:.0f}" if most else "DEFAULT"
    _set(f"{seconds * 1_000:.0f}")
    try:
        yield
    finally:
        with suppress(DatabaseError):  # the connection is gone, and its bound with it
            _set(usual)


def _set(bound: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout TO {bound}")
