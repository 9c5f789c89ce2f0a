"""The process that speaks to the database for a worker's main process: asked, replaced, and left
alone.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from django.db import OperationalError

from jobs.execution.isolation.processes import parent_of
from jobs.execution.sidecar.process import HEARTBEAT, WRITER, Sidecar, SidecarAway
from tests.support.eventually import eventually


class Unportable(Exception):
    """One that cannot be rebuilt from its arguments."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def who() -> int:
    return os.getpid()


def refuse(error: Exception) -> None:
    raise error


def refuse_oddly() -> None:
    raise Unportable(1, 2)


def hang() -> None:
    time.sleep(60)


def nap() -> None:
    time.sleep(3)


def replace(sidecar: Sidecar, dead: int) -> None:
    """As the main thread does at every turn."""

    def is_replaced() -> bool:
        sidecar.keep()
        return sidecar.pid != dead

    eventually(is_replaced)


@pytest.fixture
def sidecar() -> Iterator[Sidecar]:
    sidecar = Sidecar()
    sidecar.start("test@here")
    yield sidecar
    sidecar.close()
    eventually(lambda: parent_of(sidecar.pid) is None)


def test_what_is_asked_is_done_in_another_process(sidecar: Sidecar) -> None:
    assert sidecar.ask(HEARTBEAT, who, seconds=20) == sidecar.pid != os.getpid()


def test_what_it_raises_is_raised_here(sidecar: Sidecar) -> None:
    with pytest.raises(OperationalError, match="the server is gone"):
        sidecar.ask(HEARTBEAT, refuse, OperationalError("the server is gone"), seconds=20)
    with pytest.raises(RuntimeError, match="Unportable: 1 and 2"):
        sidecar.ask(HEARTBEAT, refuse_oddly, seconds=20)


def test_no_answer_in_time_is_an_error_and_another_one_takes_its_place(sidecar: Sidecar) -> None:
    first = sidecar.pid

    with pytest.raises(SidecarAway):
        sidecar.ask(HEARTBEAT, hang, seconds=0.2)

    replace(sidecar, first)
    assert sidecar.ask(HEARTBEAT, who, seconds=20) == sidecar.pid != first


def test_a_wait_on_one_lane_does_not_hold_up_another(sidecar: Sidecar) -> None:
    waiting = Thread(target=lambda: sidecar.ask(WRITER, nap, seconds=20))
    waiting.start()

    assert sidecar.ask(HEARTBEAT, who, seconds=20) == sidecar.pid
    assert waiting.is_alive()
    waiting.join(20)


def test_one_that_was_killed_is_no_answer_and_is_replaced(sidecar: Sidecar) -> None:
    first = sidecar.pid
    os.kill(first, signal.SIGKILL)

    with pytest.raises(SidecarAway):
        sidecar.ask(HEARTBEAT, who, seconds=20)

    replace(sidecar, first)
    assert sidecar.ask(HEARTBEAT, who, seconds=20) == sidecar.pid


def test_a_stop_of_the_worker_is_not_for_it(sidecar: Sidecar) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(sidecar.pid, number)

    assert sidecar.ask(HEARTBEAT, who, seconds=20) == sidecar.pid


def test_when_it_is_closed_it_has_ended() -> None:
    sidecar = Sidecar()
    sidecar.start("test@here")
    sidecar.ask(HEARTBEAT, who, seconds=20)

    sidecar.close()

    assert parent_of(sidecar.pid) is None


def test_without_one_the_caller_does_it() -> None:
    assert Sidecar().ask(HEARTBEAT, who, seconds=1) == os.getpid()
