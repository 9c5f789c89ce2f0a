"""Runs the coroutine of an ``async def`` task to its end, in an event loop of its own in the body's
thread.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import signal
import threading
import types
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import sync_to_async
from billiard.exceptions import SoftTimeLimitExceeded

from jobs.execution.isolation.residue import share_this_thread
from jobs.execution.isolation.surroundings import end_transactions

MARK = "_completes_coroutines"
SOFT_LIMIT_SIGNAL = signal.SIGUSR1  # what billiard and our supervision send


def completing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which waits for the coroutine that it returns.

    Inside a running event loop it hands the coroutine out, so that one task's body can await
    another's.
    """

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return (
            result
            if not inspect.iscoroutine(result) or _in_event_loop()
            else asyncio.run(_watched(result))
        )

    setattr(run, MARK, True)
    return run


def is_completing(function: Callable[..., Any]) -> bool:
    return getattr(function, MARK, False)


def _in_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _watched(coroutine: Coroutine[Any, Any, Any]) -> Any:
    limit = _SoftLimit()
    try:
        with limit.watched():
            return await _interruptible(coroutine, limit)
    finally:
        # Django's sync_to_async calls go to a thread with connections of its own.
        await sync_to_async(_leave_djangos_thread)()


def _leave_djangos_thread() -> None:
    share_this_thread()
    end_transactions()


class _SoftLimit:
    """The signal of a soft time limit, brought to where the body waits.

    Raised where the signal happens to arrive, the exception would end the event loop from within,
    and the body would see a cancellation at best.
    """

    def __init__(self) -> None:
        self.loop, self.task = asyncio.get_running_loop(), asyncio.current_task()
        self.is_reached = False

    @contextmanager
    def watched(self) -> Generator[None]:
        before = signal.getsignal(SOFT_LIMIT_SIGNAL)
        if not callable(before) or threading.current_thread() is not threading.main_thread():
            yield
            return
        signal.signal(SOFT_LIMIT_SIGNAL, functools.partial(self._on_signal, before))
        try:
            yield
        finally:
            signal.signal(SOFT_LIMIT_SIGNAL, before)

    def _on_signal(
        self, before: Callable[..., Any], signum: int, frame: types.FrameType | None
    ) -> None:
        if asyncio.current_task(self.loop) is self.task:
            # The body itself is at work: it raises there, as in any other body.
            before(signum, frame)
        elif self.task:
            self.is_reached = True
            self.loop.call_soon_threadsafe(self.task.cancel)

    def instead_of(self, error: BaseException) -> BaseException:
        """What the body is to see where ``error`` woke it."""
        if not self.is_reached or not self.task or not isinstance(error, asyncio.CancelledError):
            return error
        self.is_reached = False
        self.task.uncancel()
        return SoftTimeLimitExceeded()


@types.coroutine
def _interruptible(
    coroutine: Coroutine[Any, Any, Any], limit: _SoftLimit
) -> Generator[Any, Any, Any]:
    """Drive the body's coroutine; a cancellation that stands for the soft limit reaches it as
    that.
    """
    resume: Callable[[Any], Any] = coroutine.send
    value: Any = None
    while True:
        try:
            waits_for = resume(value)
        except StopIteration as end:
            return end.value
        try:
            resume, value = coroutine.send, (yield waits_for)
        except BaseException as error:  # noqa: BLE001  # it is the body's to handle, GeneratorExit included
            resume, value = coroutine.throw, limit.instead_of(error)
