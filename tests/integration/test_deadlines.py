"""A PostgreSQL that takes a statement and never answers is given up, on our own side."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3

from jobs.database.deadlines import answer_within_here
from jobs.database.postgresql.base import DatabaseWrapper
from tests.support import postgres
from tests.support.proxy import Proxy

pytestmark = pytest.mark.skipif("postgresql" not in connection.vendor, reason="SQLite is no server")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy(Path(postgres.shared().socket_dir) / ".s.PGSQL.5432")
    yield proxy
    proxy.close()


@pytest.fixture
def behind(proxy: Proxy) -> Iterator[DatabaseWrapper]:
    """A connection to the tests' server through the proxy."""
    place = {
        "HOST": "127.0.0.1",
        "PORT": str(proxy.port),
        "USER": "postgres",
        "PASSWORD": "",
        "NAME": "postgres",
    }
    wrapper = DatabaseWrapper({**connection.settings_dict, **place}, alias="behind")
    yield wrapper
    wrapper.inc_thread_sharing()
    wrapper.close()


def ask(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 7")
        return int(cursor.fetchone()[0])


def in_a_thread_that_waits(seconds: float, wrapper: DatabaseWrapper) -> list[object]:
    """What asking gives in a thread of its own, which has that limit: an answer, or an error."""
    said: list[object] = []

    def run() -> None:
        answer_within_here(seconds)
        try:
            said.append(ask(wrapper))
        except OperationalError as error:
            said.append(str(error))

    wrapper.inc_thread_sharing()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    wrapper.dec_thread_sharing()
    assert not thread.is_alive(), "it waits for ever"
    return said


def test_no_answer_is_an_error_and_the_next_connection_works(
    proxy: Proxy, behind: DatabaseWrapper
) -> None:
    assert is_psycopg3
    assert ask(behind) == 7
    assert proxy.go_deaf() == 1

    assert in_a_thread_that_waits(0.5, behind) == ["the database has not answered for 0.5 s"]

    behind.close_if_unusable_or_obsolete()
    assert ask(behind) == 7


def test_a_statement_that_takes_less_is_answered(behind: DatabaseWrapper) -> None:
    assert in_a_thread_that_waits(30, behind) == [7]
