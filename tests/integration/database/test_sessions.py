"""How long sessions wait: ours not for ever, the tasks' as they like, migrations as long as they
take.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.models.signals import pre_migrate

from jobs.database import sessions
from jobs.queries.bounded import at_most
from tests.support.configured import configured
from tests.support.eventually import eventually

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no such settings"
)
NAMES = ("idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout")


@pytest.fixture(autouse=True)
def _a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sessions._Process, "is_worker", False)
    monkeypatch.setattr(sessions._Process, "is_loop", False)
    monkeypatch.setattr(sessions._Process, "answers_requests", False)
    connections.close_all()
    yield
    connections.close_all()


def limits(alias: str = "default") -> tuple[str, ...]:
    with connections[alias].cursor() as cursor:
        return tuple(str(cursor.execute(f"SHOW {name}").fetchone()[0]) for name in NAMES)


@pytest.mark.parametrize("alias", ["default", "lifecycle"])
def test_every_session_has_an_idle_and_a_lock_timeout(alias: str) -> None:
    assert limits(alias) == ("15s", "5s", "0")


def test_a_schedulers_session_waits_for_a_lock_for_a_second() -> None:
    sessions.a_loop_runs_here()
    assert limits() == ("15s", "1s", "30s")


def test_no_statement_of_a_request_takes_longer_than_half_a_minute() -> None:
    sessions.requests_are_answered_here()
    assert limits() == ("15s", "5s", "30s")
    with at_most(2):
        assert limits() == ("15s", "5s", "2s")
    assert limits() == ("15s", "5s", "30s")


def test_a_tasks_session_has_an_idle_timeout_alone() -> None:
    sessions.bodies_run_here()
    assert limits() == ("10min", "0", "0")
    assert limits("lifecycle") == ("15s", "5s", "0")


@configured(task_idle_transaction_seconds=0)
def test_a_tasks_idle_timeout_can_be_switched_off() -> None:
    sessions.bodies_run_here()
    assert limits() == ("0", "0", "0")


def test_what_the_address_sets_itself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c lock_timeout=77s")
    assert limits() == ("15s", "77s", "0")


def test_migrations_wait_as_long_as_they_must() -> None:
    seen: list[tuple[str, ...]] = []

    def look(**_: object) -> None:
        seen.append(limits())

    pre_migrate.connect(look)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(look)
    assert seen[-1] == ("0", "0", "0")
    assert limits() == ("15s", "5s", "0")


@configured(idle_transaction_seconds=0.2)
def test_a_session_that_idles_in_its_transaction_is_ended() -> None:
    frozen = connection.copy()
    sessions._limit(frozen)
    frozen.set_autocommit(False)
    with frozen.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]

    def is_gone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid])
            return cursor.fetchone() is None

    eventually(is_gone)
    frozen.connection.close()
