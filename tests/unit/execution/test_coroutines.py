"""The coroutine of an ``async def`` task, run to its end."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from jobs.execution.coroutines import completing

place: contextvars.ContextVar[str] = contextvars.ContextVar("place")


@pytest.fixture
def soft_limit() -> Iterator[Any]:
    """The signal of a soft time limit means what it does in a pool child; the value sends it, a
    while from now.
    """

    def reach(signum: int, frame: Any) -> None:
        raise SoftTimeLimitExceeded

    def send(seconds: float = 0.2) -> None:
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGUSR1)).start()

    before = signal.signal(signal.SIGUSR1, reach)
    yield send
    signal.signal(signal.SIGUSR1, before)


async def double(n: int) -> int:
    await asyncio.sleep(0)
    return 2 * n


def test_a_coroutine_is_waited_for() -> None:
    assert completing(double)(4) == 8


def test_one_body_can_await_another() -> None:
    async def twice() -> int:
        inner = completing(double)(4)
        return int(await inner) * 2

    assert completing(twice)() == 16


def test_what_is_bound_around_it_is_seen_within() -> None:
    async def tell() -> str:
        return place.get()

    place.set("here")
    assert completing(tell)() == "here"


def test_its_exception_is_raised() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        completing(fail)()


def test_a_function_without_a_coroutine_is_called_as_it_is() -> None:
    assert completing(abs)(-1) == 1


@pytest.mark.parametrize("how", ["sleep", "gather", "thread", "group"])
def test_a_soft_limit_is_raised_where_the_body_waits(soft_limit: Any, how: str) -> None:
    seen: list[type[BaseException]] = []

    async def wait() -> None:
        waits: dict[str, Any] = {
            "sleep": lambda: asyncio.sleep(30),
            "gather": lambda: asyncio.gather(asyncio.sleep(30), asyncio.sleep(30)),
            "thread": lambda: asyncio.to_thread(time.sleep, 0.5),
            "group": in_a_group,
        }
        try:
            await waits[how]()
        except BaseException as error:
            seen.append(type(error))
            raise

    soft_limit()
    with pytest.raises((SoftTimeLimitExceeded, BaseExceptionGroup)):
        completing(wait)()
    assert seen in ([SoftTimeLimitExceeded], [ExceptionGroup], [BaseExceptionGroup])


async def in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(30))
        await asyncio.sleep(30)


def test_a_soft_limit_interrupts_a_body_that_does_not_wait(soft_limit: Any) -> None:
    async def block() -> None:
        time.sleep(30)  # as careless bodies do

    soft_limit()
    with pytest.raises(SoftTimeLimitExceeded):
        completing(block)()


def test_a_body_may_clean_up_after_its_limit_and_wait_for_that(soft_limit: Any) -> None:
    async def work() -> str:
        try:
            await asyncio.sleep(30)
        except SoftTimeLimitExceeded:
            await asyncio.sleep(0.01)
        return "cleaned up"

    soft_limit()
    assert completing(work)() == "cleaned up"


def test_a_cancellation_of_its_own_stays_one() -> None:
    async def stop() -> None:
        task = asyncio.current_task()
        assert task
        task.cancel()
        await asyncio.sleep(1)

    with pytest.raises(asyncio.CancelledError):
        completing(stop)()


def test_the_signal_is_what_it_was_afterwards(soft_limit: Any) -> None:
    before = signal.getsignal(signal.SIGUSR1)
    completing(double)(1)

    assert signal.getsignal(signal.SIGUSR1) is before
