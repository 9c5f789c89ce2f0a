"""When a watchdog's restart is carried out, and when an operator's stop counts more."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from jobs.execution.worker import restart as module
from jobs.execution.worker.restart import Restart


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done instead of a new program and of signals to this one."""
    done: list[str] = []
    monkeypatch.setattr(module, "begin_anew", lambda: done.append("anew"))
    monkeypatch.setattr(os, "kill", lambda pid, number: done.append(number.name))
    return done


@pytest.fixture
def restart(done: list[str]) -> Iterator[Restart]:
    """One that forgets what it was asked: this process is not to begin anew when it ends, nor a
    while from now.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    restart = Restart()
    yield restart
    restart.is_wanted = False
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_the_worker_stops_in_the_ordinary_way_and_begins_anew(
    restart: Restart, done: list[str]
) -> None:
    restart.ask("reports")
    restart.note_stop()
    restart._at_exit()

    assert done == ["SIGTERM", "anew"]


def test_a_worker_that_is_stopped_stays_so(restart: Restart, done: list[str]) -> None:
    restart.note_stop()
    restart.ask("reports")
    restart._at_exit()

    assert done == []


def test_an_operators_stop_counts_more_than_the_watchdogs(
    restart: Restart, done: list[str]
) -> None:
    restart.ask("reports")
    restart.note_stop()

    restart.note_stop()
    restart._at_exit()

    assert done == ["SIGTERM"]


def test_a_worker_that_nobody_asked_just_ends(restart: Restart, done: list[str]) -> None:
    restart._at_exit()

    assert done == []
