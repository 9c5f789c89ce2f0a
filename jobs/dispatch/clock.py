"""The one clock that all schedulers and workers share: the database's."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connections


def database_now(using: str = "default") -> datetime:
    """The database's current time, aware, in UTC. SQLite's is this machine's."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        return datetime.now(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)
