"""How long sessions of ours wait for a lock, for a statement to end, and how long one may idle
inside a transaction.

A process that freezes in the middle of a transaction must not keep the others from the rows it
holds, and whoever meets a row that somebody keeps locked has other things to do. Set on every new
connection, as a pooler may refuse them as startup options. What DATABASE_URL sets itself
(``?options=-c lock_timeout=…``) stays, and so do other databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from django.apps import apps
from django.db import Error, connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from jobs import conf
from jobs.database.interrupting import interrupt_after

UID = "jobs.database.sessions"
BODIES, LIFECYCLE = "default", "lifecycle"
IDLE, LOCK, STATEMENT = "idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout"
LOOP_STATEMENT_SECONDS = REQUEST_STATEMENT_SECONDS = 30.0


class _Process:
    """What this process is; a pool child inherits it from its worker."""

    is_worker = False
    is_loop = False
    answers_requests = False


def limit_connections() -> None:
    """Limit every connection that is made from now on; migrations take as long as they take."""
    connection_created.connect(_limit, dispatch_uid=UID)
    jobs = apps.get_app_config("beatwright")
    pre_migrate.connect(_unlimit, sender=jobs, dispatch_uid=UID)
    post_migrate.connect(_limit_again, sender=jobs, dispatch_uid=UID)


def bodies_run_here() -> None:
    """This process is a worker: its default connection is the tasks' own."""
    _Process.is_worker = True


def a_loop_runs_here() -> None:
    """This process is a scheduler, whose turns have more to see to than one lock."""
    _Process.is_loop = True


def requests_are_answered_here() -> None:
    """This process serves people and programs: no statement of one of them may keep its thread from
    the others.
    """
    _Process.answers_requests = True


def limits_of(alias: str) -> dict[str, float]:
    """Seconds by the setting's name; 0 switches it off, and one that is not named stays as it
    is.
    """
    numbers = conf.get()
    if alias not in {BODIES, LIFECYCLE} or (
        alias == BODIES and not numbers.site and not _Process.is_loop
    ):
        return {}  # in a project its own connections are its own, but for our requests
    if alias == BODIES and _Process.is_worker:
        return {IDLE: numbers.task_idle_transaction_seconds}
    limits = {IDLE: numbers.idle_transaction_seconds, LOCK: numbers.lock_wait_seconds}
    if _Process.is_loop:
        limits |= {LOCK: numbers.loop_lock_wait_seconds, STATEMENT: LOOP_STATEMENT_SECONDS}
    if _Process.answers_requests:
        limits[STATEMENT] = REQUEST_STATEMENT_SECONDS
    return limits


@contextmanager
def limited_in_a_project() -> Iterator[None]:
    """While one of our addresses is answered in a project, its connection waits no longer than
    ours do; afterwards it is as the project has it.

    A site's connections are limited for good. SQLite waits as long as the project says.
    """
    connection = connections[BODIES]
    if conf.get().site or connection.vendor != "postgresql":
        yield
        return
    limits = {LOCK: conf.get().lock_wait_seconds, STATEMENT: REQUEST_STATEMENT_SECONDS}
    was = _exchanged(connection, {name: f"{s * 1000:.0f}" for name, s in limits.items()})
    try:
        yield
    finally:
        # In a transaction they end with it, and a connection that is gone needs none.
        if not connection.in_atomic_block and connection.connection is not None:
            with suppress(Error):
                _exchanged(connection, was)


def _exchanged(connection: Any, limits: Mapping[str, str]) -> dict[str, str]:
    """Set the limits, within a transaction for that alone; return what they were."""
    names = ", ".join("current_setting(%s)" for _ in limits)
    changes = ", ".join("set_config(%s, %s, %s)" for _ in limits)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {names}", list(limits))
        was = dict(zip(limits, cursor.fetchone(), strict=True))
        given = [(name, value, connection.in_atomic_block) for name, value in limits.items()]
        cursor.execute(f"SELECT {changes}", [each for one in given for each in one])
    return was


def _limit(connection: Any, **_: object) -> None:
    if connection.vendor != "postgresql":
        interrupt_after(connection, limits_of(connection.alias).get(STATEMENT))
        return
    _execute(
        connection,
        [f"SET {name} = {seconds * 1000:.0f}" for name, seconds in ours(connection).items()],
    )


def ours(connection: Any) -> dict[str, float]:
    """The limits of this connection that are not its address's own."""
    own = str(connection.settings_dict["OPTIONS"].get("options", ""))
    return {
        name: seconds for name, seconds in limits_of(connection.alias).items() if name not in own
    }


def _unlimit(using: str, **_: object) -> None:
    if connections[using].vendor == "postgresql":
        _execute(connections[using], [f"RESET {name}" for name in limits_of(using)])


def _limit_again(using: str, **_: object) -> None:
    if connections[using].vendor == "postgresql" and not connections[using].in_atomic_block:
        _limit(connections[using])


def _execute(connection: Any, statements: list[str]) -> None:
    if statements:
        with connection.cursor() as cursor:
            cursor.execute("; ".join(statements))
