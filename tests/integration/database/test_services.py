"""What a service meets stays its own, and the log has only what changes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from django.db import IntegrityError, OperationalError, connections

from jobs.services import Service, ServiceThread, run_alone
from tests.support.eventually import eventually

Step = Callable[[], dict[str, int]]


def steps(*answers: object) -> tuple[Step, list[float]]:
    """A step that raises or returns each of the answers in turn, and then nothing more to tell; and
    its calls.
    """
    left, calls = list(answers), []

    def run_once() -> dict[str, int]:
        calls.append(time.monotonic())
        answer = left.pop(0) if left else {}
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, dict)
        return answer

    return run_once, calls


def run_through(*chores: tuple[Step, list[float]], times: int) -> None:
    """Let a thread run each of them so many times at least."""
    thread = ServiceThread("test", [Service("chores", 0.01, run_once) for run_once, _ in chores])
    thread.start()
    try:
        eventually(lambda: all(len(calls) >= times for _, calls in chores))
    finally:
        thread.stop()
    assert not thread.is_alive()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[..., list[str]]:
    """What a service logs that meets these answers in turn; its seconds are a zero."""
    caplog.set_level("INFO", "jobs.services")

    def log_of(*answers: object) -> list[str]:
        run_once, _ = steps(*answers)
        service = Service("sweep", 5, run_once, expected={"the broker does not answer": (OSError,)})
        for _ in answers:
            service.run()
        return [
            f"{record.levelname} {_without_seconds(record.getMessage())}"
            for record in caplog.records
        ]

    return log_of


def _without_seconds(message: str) -> str:
    return re.sub(r"after \d+\.\d s", "after 0 s", message)


@pytest.mark.parametrize("error", [OperationalError("gone"), RuntimeError("a bug")])
def test_no_error_ends_the_thread_or_another_service(error: Exception) -> None:
    run_through(steps(error, error), steps(), times=4)


def test_trouble_is_said_once_and_so_is_its_end_with_the_tries_it_took(
    said: Callable[..., list[str]],
) -> None:
    gone = OperationalError("gone")
    assert said(gone, gone, gone, {}, {}) == [
        "WARNING sweep: the database does not answer; trying again every 5 s: gone",
        "INFO sweep: works again, after 0 s and 3 tries",
    ]


def test_trouble_of_another_kind_is_said_as_well_each_kind_once(
    said: Callable[..., list[str]],
) -> None:
    """A fault that is met while the database is away would else never be seen."""
    locked, gone, refused = (
        OperationalError("database is locked"),
        OperationalError("gone"),
        ConnectionRefusedError(),
    )
    odd, fault = IntegrityError("no such job"), KeyError("job")
    assert said(locked, gone, locked, gone, refused, odd, fault, fault, {}) == [
        "WARNING sweep: waits for a lock; trying again every 5 s: database is locked",
        "WARNING sweep: the database does not answer; trying again every 5 s: gone",
        "WARNING sweep: the broker does not answer; trying again every 5 s: ConnectionRefusedError",
        "WARNING sweep: the database refuses it; trying again every 5 s: no such job",
        "ERROR sweep: failed; trying again every 5 s: KeyError: 'job'",
        "INFO sweep: works again, after 0 s and 8 tries",
    ]


def test_only_a_fault_has_a_traceback(
    said: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    said(OperationalError("gone"), ConnectionRefusedError(), KeyError("job"))
    assert [record.exc_info is not None for record in caplog.records] == [False, False, True]


def test_trouble_that_comes_again_is_said_again(said: Callable[..., list[str]]) -> None:
    gone = OperationalError("gone")
    assert len(said(gone, {}, gone, {})) == 4


def test_only_what_changed_is_told(said: Callable[..., list[str]]) -> None:
    assert said({"runs": 0}, {"runs": 2, "others": 0}, {}) == ["INFO sweep: 2 runs"]


def test_a_connection_that_has_failed_is_not_used_again() -> None:
    """One that the server has closed would fail every later try as well."""
    connection = connections["lifecycle"]
    seen: list[object] = []

    def run_once() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        seen.append(connection.connection)
        if len(seen) == 1:
            raise OperationalError("gone")

    service = Service("sweep", 5, run_once)
    service.run()
    assert connection.connection is None
    service.run()
    assert seen[1] is not seen[0]


def test_the_farewell_comes_last_whatever_it_meets() -> None:
    said: list[str] = []

    def farewell() -> None:
        said.append("goodbye")
        raise RuntimeError("nobody there")

    run_once, _ = steps()
    thread = ServiceThread("test", [Service("chores", 0.01, run_once)], farewell)
    thread.start()

    thread.stop()

    assert said == ["goodbye"]
    assert not thread.is_alive()


def test_what_is_done_once_never_raises(caplog: pytest.LogCaptureFixture) -> None:
    run_alone("pulse", steps(OperationalError("gone"))[0])
    run_alone("pulse", steps(KeyError("a bug"))[0])
    assert caplog.messages == [
        "pulse: the database does not answer: gone",
        "pulse: failed: KeyError: 'a bug'",
    ]


def test_a_statement_of_these_threads_does_not_wait_for_ever() -> None:
    limits: list[str] = []
    query = {"postgresql": "SHOW statement_timeout", "sqlite": "PRAGMA busy_timeout"}

    def look() -> dict[str, int]:
        connection = connections["lifecycle"]
        with connection.cursor() as cursor:
            cursor.execute(query[connection.vendor])
            limits.append(str(cursor.fetchone()[0]))
        return {}

    thread = ServiceThread("test", [Service("look", 0.01, look)])
    thread.start()
    eventually(lambda: limits)
    thread.stop()

    assert limits[0] in {"5s", "5000"}
