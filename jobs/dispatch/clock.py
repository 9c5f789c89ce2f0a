"""The one clock that all schedulers and workers share: the database's."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connections

# What Now() compiles to on SQLite, so that both tell the same time to the same millisecond.
CLOCKS = {"sqlite": "SELECT STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')", "postgresql": "SELECT clock_timestamp()"}


def database_now(using: str = "default") -> datetime:
    """The database's current time, aware, in UTC. SQLite's is this machine's."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(CLOCKS[connection.vendor])
        moment: datetime | str = cursor.fetchone()[0]
    if isinstance(moment, str):
        return datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return moment.astimezone(UTC)
