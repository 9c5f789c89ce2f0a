"""The database: SQLite in memory behind Django's own backend, with the connection and the locks
made up.

All processes share one connection. That works because a process never gives way inside a
transaction: whatever runs between BEGIN and COMMIT is one step. What the statements of two open
transactions do to each other is the database's matter, and PostgreSQL's in the integration tests;
here a row may be locked by somebody from outside for a while.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any
from unittest import mock

from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.backends.sqlite3.features import DatabaseFeatures
from django.db.backends.sqlite3.operations import DatabaseOperations

from tests.simulation.clock import EPOCH
from tests.simulation.world import Process, World

ALIASES = ("default", "lifecycle")
FREE = "/* skip locked */"
READS = ("SELECT", "PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")
FROM_RUNS = 'FROM "beatwright_run" WHERE'
FROM_FREE_RUNS = (
    'FROM (SELECT * FROM "beatwright_run" WHERE NOT world_locked(id)) AS "beatwright_run" WHERE'
)
TRIGGERS = """
CREATE TEMP TRIGGER world_locks BEFORE UPDATE ON "beatwright_run" WHEN world_locked(OLD.id)
BEGIN SELECT RAISE(ABORT, 'world: row locked'); END;
CREATE TEMP TRIGGER world_births AFTER INSERT ON "beatwright_run"
BEGIN SELECT world_moved(NEW.id, '', NEW.state, NEW.reason); END;
CREATE TEMP TRIGGER world_moves AFTER UPDATE OF state ON "beatwright_run"
WHEN OLD.state <> NEW.state
BEGIN SELECT world_moved(NEW.id, OLD.state, NEW.state, NEW.reason); END;
CREATE TEMP TRIGGER world_marks AFTER UPDATE OF published_at ON "beatwright_run"
WHEN (OLD.published_at IS NULL) <> (NEW.published_at IS NULL) AND OLD.state = NEW.state
BEGIN SELECT world_moved(
    NEW.id, '', CASE WHEN NEW.published_at IS NULL THEN 'unmarked' ELSE 'marked' END,
    NEW.publish_count
); END;
CREATE TEMP TRIGGER world_losses AFTER INSERT ON "beatwright_lostattempt"
BEGIN SELECT world_moved(NEW.run_id, '', 'lost', NEW.attempt); END;
"""
LOCKED = "world: row locked"
PRAGMAS = "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY; PRAGMA foreign_keys=OFF"
Moved = Callable[[str, str, str, str], None]


class RowLocked(Exception):
    """As the driver of PostgreSQL says it."""

    sqlstate = "55P03"


class Features(DatabaseFeatures):
    """Rows can be locked, as on a server."""

    has_select_for_update = True
    has_select_for_update_skip_locked = True
    has_select_for_no_key_update = True


class Operations(DatabaseOperations):
    """``SKIP LOCKED`` leaves a mark; what it means is put in where a row is locked."""

    def for_update_sql(self, *, skip_locked: bool = False, **_: Any) -> str:  # type: ignore[override]
        return FREE if skip_locked else ""


class Database(DatabaseWrapper):
    """One world's.

    ``jump`` is how far its clock is from the hosts', ``moves`` hears of every committed move.
    """

    features_class = Features
    ops_class = Operations

    def __init__(self, settings: dict[str, Any]) -> None:
        super().__init__(settings, "default")
        self.world: World | None = None
        self.jump = 0.0
        self.is_down_until = 0.0
        self.locked: dict[str, float] = {}
        self.moved: Moved = lambda *_: None
        self._pending: list[tuple[str, str, str, str]] = []

    def open(self, image: sqlite3.Connection, world: World) -> None:
        """A copy of ``image``, in the hands of ``world``."""
        self.connect()
        image.backup(self.connection)
        self.world = world
        self.connection.executescript(PRAGMAS)
        self.connection.create_function("strftime", 2, self._strftime)
        self.connection.create_function("world_locked", 1, self._is_locked)
        self.connection.create_function("world_moved", 4, self._note)
        self.connection.executescript(TRIGGERS)
        self.execute_wrappers.append(self._as_a_step)

    def now_text(self) -> str:
        assert self.world
        moment = EPOCH + timedelta(seconds=self.world.now + self.jump)
        return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}"

    def _strftime(self, _format: str, moment: str) -> str:
        if moment.upper() != "NOW":
            raise ValueError(f"the simulated database tells only the time, not {moment}")
        return self.now_text()

    def _is_locked(self, run: str) -> bool:
        return (
            bool(self.locked)
            and self.world is not None
            and self.locked.get(run, 0.0) > self.world.now
        )

    def _note(self, run: str, was: str, became: str, why: str | int) -> None:
        self._pending.append((run, was, became, str(why)))

    # A step: before a statement outside of a transaction, or before the BEGIN of one.

    def _as_a_step(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        process = self.world.current if self.world else None
        outside = not self.in_atomic_block and process is not None
        if outside and process:
            self._reach(process)
        try:
            answer = execute(self._freed(sql), params, many, context)
        except IntegrityError as error:
            if LOCKED in str(error):
                raise OperationalError("canceling statement due to lock timeout") from RowLocked()
            raise
        if outside and process and not sql.startswith(READS):
            self._told()
            _lose_answer(process)
        return answer

    def _reach(self, process: Process) -> None:
        world = process.world
        world.step()
        link, now = process.links.database, world.now
        if max(link.refused_until, self.is_down_until) > now:
            raise OperationalError("connection refused")
        if link.silent_until > now:
            world.sleep(process.program.answer_seconds)
            raise OperationalError("the server does not answer")

    def _freed(self, sql: str) -> str:
        return sql.replace(FROM_RUNS, FROM_FREE_RUNS) if self.locked and FREE in sql else sql

    def _told(self) -> None:
        pending, self._pending = self._pending, []
        for move in pending:
            self.moved(*move)

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # its stubs leave it out
        self._told()
        if self.world and self.world.current:
            _lose_answer(self.world.current)

    def _rollback(self) -> None:
        self._pending.clear()
        super()._rollback()  # type: ignore[misc]  # its stubs leave it out


def _lose_answer(process: Process) -> None:
    if process.loses_answer:
        process.loses_answer = False
        process.world.note("its commit is not answered")
        raise OperationalError("the connection was lost after the commit")


def _settings() -> dict[str, Any]:
    known = connections.settings["default"]
    return {**known, "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {},
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": False}  # fmt: skip


@lru_cache(maxsize=1)
def image() -> sqlite3.Connection:
    """The database as the migrations leave it; made once for all worlds of this process."""
    with _in_place(Database(_settings())) as empty:
        empty.connect()
        call_command("migrate", verbosity=0)
        kept = sqlite3.connect(":memory:")
        empty.connection.backup(kept)
    return kept


@contextmanager
def database(world: World) -> Iterator[Database]:
    """A fresh one under both aliases, until the block ends."""
    made = Database(_settings())
    made.open(image(), world)
    with _in_place(made):
        yield made
    made.execute_wrappers.clear()
    made.connection.close()


@contextmanager
def _in_place(made: Database) -> Iterator[Database]:
    # A setting of its own: Django takes the alias of the connection as it is registered.
    with mock.patch.dict(vars(connections._connections), dict.fromkeys(ALIASES, made)):  # type: ignore[attr-defined]
        yield made
