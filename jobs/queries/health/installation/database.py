"""Does the database answer, with the tables this version needs?"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from jobs.queries.health.finding import HealthFinding

REMEDY = "check DATABASE_URL and that the server is up"


class _Migrated:
    """Whether this process has seen the database migrated: it does not go back, and looking costs
    more than asking.
    """

    seen = False


def database(host: str) -> Iterator[HealthFinding]:
    """One statement, once the migrations have been looked at."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        pending = 0 if _Migrated.seen else _pending()
    except Error as error:
        yield HealthFinding("database", False, "does not answer", REMEDY, cause=str(error).strip())
        return
    _Migrated.seen = not pending
    if pending:
        yield HealthFinding(
            "database", False, f"{pending} migrations are not applied", "run manage.py migrate"
        )
    else:
        yield HealthFinding("database", True, f"{connection.vendor}, migrated")


def _pending() -> int:
    plan = MigrationExecutor(connection)
    return len(plan.migration_plan(plan.loader.graph.leaf_nodes()))
