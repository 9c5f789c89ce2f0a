"""Somebody else's transaction that holds a lock and does nothing, as an operator's open psql
does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model


@contextmanager
def locked(row: Model) -> Iterator[int]:
    """Keep this row locked for as long as the block lasts; gives the pid of the session that does.

    PostgreSQL only.
    """
    key = row._meta.pk.column
    with holding(
        f'SELECT 1 FROM "{row._meta.db_table}" WHERE "{key}" = %s FOR UPDATE', row.pk
    ) as pid:
        yield pid


@contextmanager
def holding(sql: str, *parameters: Any) -> Iterator[int]:
    """Run one statement in a transaction of its own that ends with the block; gives the session's
    pid.
    """
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
            cursor.execute(sql, parameters)
        yield pid
    finally:
        other.rollback()
        other.close()
