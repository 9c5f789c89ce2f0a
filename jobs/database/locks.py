"""Waiting for a lock in vain: how it is recognised, and who holds it."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps
from django.db import Error, connections

LOCK_TIMEOUT = "55P03"
STATEMENT_TIMEOUT = "57014"
NOTICED_AFTER_SECONDS = 0.5
SHOWN = 3

# A lock on a row leaves one on its table, for as long as the transaction lasts.
HOLDERS = """
    SELECT a.pid, a.usename, a.application_name, a.state,
           extract(epoch FROM clock_timestamp() - a.xact_start)::float8,
           array_agg(DISTINCT c.relname::text ORDER BY c.relname::text),
           (SELECT count(*) FROM pg_stat_activity w
             WHERE w.wait_event_type = 'Lock' AND a.pid = ANY (pg_blocking_pids(w.pid)))
      FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_class c ON c.oid = l.relation
     WHERE l.granted AND l.locktype = 'relation' AND l.mode <> 'AccessShareLock'
       AND a.wait_event_type IS DISTINCT FROM 'Lock'
       AND a.datname = current_database() AND a.pid <> pg_backend_pid() AND c.relname = ANY (%s)
       AND a.xact_start < clock_timestamp() - %s * interval '1 second'
  GROUP BY a.pid, a.usename, a.application_name, a.state, a.xact_start
  ORDER BY 7 DESC, a.xact_start LIMIT %s
"""


@dataclass(frozen=True)
class Holder:
    """A session whose transaction has held locks in our tables for a while; ``waiting`` sessions
    wait for it now.
    """

    pid: int
    user: str
    application: str
    state: str
    seconds: float
    tables: list[str]
    waiting: int

    @property
    def who(self) -> str:
        return ", ".join(filter(None, (self.user, self.application, self.state)))

    @property
    def what(self) -> str:
        return f"pid {self.pid} has held locks in {', '.join(self.tables)} for {self.seconds:.0f} s"

    def __str__(self) -> str:
        return f"{self.what} ({self.who})"


def is_lock_timeout(error: BaseException) -> bool:
    """Whether the database gave up waiting for a lock; SQLite's only one is that on the whole
    file.
    """
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) == LOCK_TIMEOUT or "database is locked" in str(error)


def is_statement_timeout(error: BaseException) -> bool:
    """Whether the database gave up a statement that took too long."""
    return (
        getattr(error.__cause__, "sqlstate", None) == STATEMENT_TIMEOUT
        or str(error) == "interrupted"
    )


def is_row_lock(error: BaseException) -> bool:
    """The same, but for SQLite's: that one stands in everybody's way."""
    return getattr(error.__cause__, "sqlstate", None) == LOCK_TIMEOUT


def holders(using: str = "default", *, seconds: float, most: int = SHOWN) -> list[Holder]:
    """Who holds locks in our tables for longer than that, those for whom most are waiting first;
    PostgreSQL only.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return []
    models = [
        *apps.get_app_config("beatwright").get_models(),
        *apps.get_app_config("django_celery_results").get_models(),
    ]
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, [tables, seconds, most])
        return [Holder(*row) for row in cursor.fetchall()]


def with_lock_holders(error: BaseException, using: str = "default") -> str:
    """The error in words, with those who hold the lock where it was one, as far as they can be
    seen.
    """
    said = str(error).strip() or type(error).__name__
    if not is_lock_timeout(error):
        return said
    try:
        found = "; ".join(map(str, holders(using, seconds=NOTICED_AFTER_SECONDS)))
    except Error:
        found = ""
    return f"{said.splitlines()[0]}: {found}" if found else said
