"""What the worker's main process has in its hands: messages taken, and runs that its pool children
work on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from celery.worker import state

from jobs.dispatch.messages.wire import told_by
from jobs.execution.isolation.processes import kill_group
from jobs.execution.outcome.settle import outcome_writer
from jobs.execution.slots import board
from jobs.lifecycle.expiry import lost
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Outcome
from jobs.models import Loss

STOPPED = lost("it stopped itself, its lease could not be renewed", Loss.LEASE)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """A run that a pool child has begun. ``since`` is monotonic."""

    message: Message
    request: Any
    since: float

    @property
    def task_id(self) -> str:
        return self.message.task_id

    @property
    def pid(self) -> int | None:
        pid: int | None = self.request.worker_pid
        return pid

    @property
    def limit(self) -> float | None:
        """The job's timeout in seconds."""
        limit = told_by(self.request._context, "timeout")
        return limit if isinstance(limit, int | float) else None

    @property
    def is_exclusive(self) -> bool:
        """Whether no other run of its job may run beside it."""
        return bool(told_by(self.request._context, "exclusive"))


def at_work() -> list[Work]:
    """The runs that the pool has begun, as far as the event loop has heard."""
    return [
        Work(message, request, getattr(request, "accepted_at", None) or time.monotonic())
        for request in active_requests()
        if (message := message_of(request))
    ]


def in_hand() -> list[Message]:
    """The runs whose messages were taken and are not done with.

    Some may have begun without the event loop knowing.
    """
    messages = map(message_of, copy_of(lambda: state.reserved_requests))
    return [message for message in messages if message]


def message_of(request: Any) -> Message | None:
    """The run's message; None for a plain task's, and for one that was forged: it starts
    nothing.
    """
    try:
        return Message.of(request._context)
    except (AttributeError, TypeError, ValueError):
        return None


def take_away(pool: Any, work: Work, outcome: Outcome) -> bool:
    """End a run from outside: kill its pool child with all that it started, and record
    ``outcome``.
    """
    if work.request not in state.active_requests:
        return False  # done meanwhile: the child may already have other work
    outcome_writer.expect(work.message, outcome)
    if not kill_group(pool, work.pid):
        return False
    outcome_writer.hand(work.message, outcome)
    logger.warning("run stopped: %s", outcome.reason, extra={"run_id": str(work.message.run_id)})
    return True


def expect_stopped(pid: int | None, message: Message | None) -> None:
    """Where the sidecar has stopped this pool child, that is what its death means: its lease, not
    the body's fault.
    """
    slot = board.of(pid)
    if message and slot and slot.was_stopped:
        outcome_writer.expect(message, STOPPED)


def active_requests() -> list[Any]:
    """The requests whose tasks the pool has begun."""
    return copy_of(lambda: state.active_requests)


def copy_of(items: Callable[[], Iterable[Any]]) -> list[Any]:
    """A copy of a collection that the main thread may change while we look; it rarely does."""
    for _ in range(100):
        try:
            return list(items())
        except RuntimeError:
            continue
    return []
