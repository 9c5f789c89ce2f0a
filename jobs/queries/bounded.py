"""A bound on how long a page's queries may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError, connection


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Inside the block PostgreSQL ends a query that takes longer, with OperationalError; SQLite knows no such bound."""
    if connection.vendor != "postgresql":
        yield
        return
    _set(f"{int(seconds * 1_000)}ms")
    try:
        yield
    finally:
        with suppress(DatabaseError):  # the connection is gone, and its bound with it
            _set("DEFAULT")


def _set(bound: str) -> None:
    value = bound if bound == "DEFAULT" else f"'{bound}'"
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout TO {value}")
