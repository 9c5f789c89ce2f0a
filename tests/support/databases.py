"""The two databases as a test of the whole sees them: a URL, migrated tables, and plain SQL from
outside.

Migrating takes seconds, so it is done once a test run: every further database is a copy.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import pytest
from psycopg.rows import dict_row

from tests.support import postgres
from tests.support.processes import BASE_DIR, PYTHON, clean_environment

MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
HEX_UUID = re.compile(r"[0-9a-f]{32}")
# What a test of real processes is parametrized with if it holds on both.
ONCE_MORE = "starts all its processes once more, on SQLite; on PostgreSQL the test is in the core"
BOTH = ["postgresql", pytest.param("sqlite", marks=pytest.mark.only_in_all(reason=ONCE_MORE))]


class Database(Protocol):
    """``query`` and ``execute`` take ``%s`` for params and see what is committed."""

    url: str

    def query(self, sql: str, params: Sequence[Any]) -> list[dict[str, Any]]: ...

    def execute(self, sql: str, params: Sequence[Any]) -> int: ...

    def close(self) -> None: ...


def make(name: str, folder: Path, server: postgres.PostgresServer | None = None) -> Database:
    if name == "sqlite":
        return SQLite(folder / "beatwright.sqlite3")
    if name == "postgresql":
        return PostgreSQL(server)
    raise ValueError(f"no such database: {name!r}")


class SQLite:
    """A file of the site's own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        shutil.copyfile(_sqlite_template(), path)

    def query(self, sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            cursor = connection.execute(sql.replace("%s", "?"), [_plain(value) for value in params])
            names = [column[0] for column in cursor.description]
            return [
                {name: _rich(value) for name, value in zip(names, row, strict=True)}
                for row in cursor
            ]
        finally:
            connection.close()

    def execute(self, sql: str, params: Sequence[Any]) -> int:
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            with connection:
                return connection.execute(
                    sql.replace("%s", "?"), [_plain(value) for value in params]
                ).rowcount
        finally:
            connection.close()

    def close(self) -> None:
        """The file goes with its folder."""


class PostgreSQL:
    """A database in the run's shared server, or in ``server``."""

    def __init__(self, server: postgres.PostgresServer | None) -> None:
        self._server = server or postgres.shared()
        if server:
            self.name = server.create_database()
            migrate(server.url(self.name))
        else:
            self.name = self._server.create_database(_postgresql_template())
        self.url = self._server.url(self.name)
        self._outlives_the_test = server is None

    def query(self, sql: str, params: Sequence[Any]) -> list[dict[str, Any]]:
        with postgres.connect(self._server.socket_dir, self.name) as connection:
            rows = connection.cursor(row_factory=dict_row).execute(sql, params).fetchall()
            return [{name: _rich(value) for name, value in row.items()} for row in rows]

    def execute(self, sql: str, params: Sequence[Any]) -> int:
        with postgres.connect(self._server.socket_dir, self.name) as connection:
            return connection.execute(sql, params).rowcount

    def close(self) -> None:
        if self._outlives_the_test:
            postgres.drop_database(self._server.socket_dir, self.name)


def _plain(value: Any) -> Any:
    """As Django stores it in SQLite."""
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return value


def _rich(value: Any) -> Any:
    """Ids, moments and JSON, which SQLite hands out as text (and PostgreSQL, from text columns,
    JSON), as values.
    """
    if not isinstance(value, str):
        return value
    if HEX_UUID.fullmatch(value):
        return uuid.UUID(value)
    if MOMENT.fullmatch(value):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if value[:1] in {"{", "["}:
        return _parsed(value)
    return value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text  # a text that merely begins like JSON


def migrate(url: str) -> None:
    """Make our tables there."""
    with tempfile.TemporaryDirectory(prefix="bw-migrate-") as data_dir:
        env = clean_environment() | {"DATA_DIR": data_dir, "DATABASE_URL": url}
        command = [PYTHON, "manage.py", "migrate", "-v0"]
        done = subprocess.run(
            command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, f"migrate failed:\n{done.stdout}\n{done.stderr}"


@contextmanager
def _alone() -> Iterator[Path]:
    """The folder of the test run, for one of its processes at a time."""
    folder = Path(os.environ.get("TEST_DIR") or _own_folder())
    with (folder / "templates.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@lru_cache(maxsize=1)
def _own_folder() -> str:
    """Where no test run has made one."""
    folder = tempfile.mkdtemp(prefix="bw-template-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _sqlite_template() -> Path:
    with _alone() as folder:
        made = folder / "template.sqlite3"
        if not made.exists():
            migrate(f"sqlite:///{folder / 'half.sqlite3'}")
            (folder / "half.sqlite3").rename(made)
    return made


def _postgresql_template() -> str:
    server = postgres.shared()
    with _alone() as folder:
        made = folder / f"template-of-{Path(server.socket_dir).name}"
        if not made.exists():
            name = server.create_database()
            migrate(server.url(name))
            made.write_text(name)
    return made.read_text()
