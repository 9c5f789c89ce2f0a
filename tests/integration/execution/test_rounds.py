"""The threads of supervision survive what their duties meet."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError, connections

from jobs.execution.supervision.rounds import Duty, Rounds
from tests.support.eventually import eventually


def duty(*answers: object, every: float = 0.01) -> tuple[Duty, list[float]]:
    """A duty that raises or returns each of the answers in turn, and then nothing more to tell; and its calls."""
    left, calls = list(answers), []

    def run_once() -> dict[str, int]:
        calls.append(time.monotonic())
        answer = left.pop(0) if left else {}
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, dict)
        return answer

    return Duty("chores", every, run_once), calls


def run_through(*duties: tuple[Duty, list[float]], times: int) -> Rounds:
    """Let a thread see to the duties so many times at least."""
    rounds = Rounds("test", [duty for duty, _ in duties])
    rounds.start()
    try:
        eventually(lambda: all(len(calls) >= times for _, calls in duties))
    finally:
        rounds.stop()
    assert not rounds.is_alive()
    return rounds


@pytest.mark.parametrize("error", [OperationalError("gone"), RuntimeError("a bug")])
def test_no_error_ends_the_rounds_or_another_duty(error: Exception) -> None:
    run_through(duty(error, error), duty(), times=4)


def test_a_database_that_is_away_is_told_once_and_so_is_its_return(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "jobs.execution.supervision.rounds")

    run_through(duty(OperationalError("gone"), OperationalError("gone"), OperationalError("gone")), times=5)

    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_only_what_changed_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "jobs.execution.supervision.rounds")

    run_through(duty({"runs": 0}, {"runs": 2, "others": 0}, {}), times=4)

    assert caplog.messages == ["chores: 2 runs"]


def test_the_farewell_comes_last() -> None:
    said: list[str] = []
    chores, _ = duty()
    rounds = Rounds("test", [chores], lambda: said.append("goodbye"))
    rounds.start()

    rounds.stop()

    assert said == ["goodbye"]


def test_a_statement_of_these_threads_does_not_wait_for_ever() -> None:
    limits: list[str] = []
    query = {"postgresql": "SHOW statement_timeout", "sqlite": "PRAGMA busy_timeout"}

    def look() -> dict[str, int]:
        connection = connections["lifecycle"]
        with connection.cursor() as cursor:
            cursor.execute(query[connection.vendor])
            limits.append(str(cursor.fetchone()[0]))
        return {}

    rounds = Rounds("test", [Duty("look", 0.01, look)])
    rounds.start()
    eventually(lambda: limits)
    rounds.stop()

    assert limits[0] in {"5s", "5000"}
