"""The one shape of everything that is done again and again beside a process's main work.

The scheduler's leader and the worker run their services by it, each in its own threads. What one
meets stays its own: the others of its thread go on, and it is tried again in its rhythm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import Error, InterfaceError, OperationalError, connections

from jobs.database.locks import is_lock_timeout, is_statement_timeout, with_lock_holders
from jobs.database.thread_limits import limit_this_thread
from jobs.outages import Outage

THREAD_PREFIX = "beatwright-"
FAULT = "failed"

logger = logging.getLogger(__name__)

Expected = Mapping[str, tuple[type[Exception], ...]]


@dataclass
class Service:
    """``run_once()`` returns how much of what it changed, by name; silence means that nothing did.

    The log has only what changes: when trouble begins, of what kind, and when it is over.
    ``expected`` are the kinds of trouble that are no fault of the service, beside those of the
    database, each with its errors; any other error is logged with its traceback. ``level`` is lower
    for what changes something at nearly every call.
    """

    name: str
    every_seconds: float
    run_once: Callable[[], Mapping[str, int] | None]
    level: int = logging.INFO
    expected: Expected = field(default_factory=dict)
    due_at: float = 0.0  # monotonic; the first time is due at once

    def __post_init__(self) -> None:
        self._outage = Outage(
            __name__, self.name, f"{self.name}: works again", level_over=logging.INFO
        )

    def run_if_due(self) -> None:
        """Run it, if it is time; never raises."""
        if time.monotonic() >= self.due_at:
            self.due_at = time.monotonic() + self.every_seconds
            self.run()

    def run(self) -> None:
        """Run it now; never raises."""
        try:
            counts = self.run_once()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is said, and ends nothing else
            self._failed(error)
            return
        self._outage.worked()
        if counts and any(counts.values()):
            changed = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            logger.log(self.level, "%s: %s", self.name, changed)

    def _failed(self, error: Exception) -> None:
        kind = kind_of(error, self.expected)
        if self._outage.note(kind):
            _say(f"{self.name}: {kind}; trying again every {self.every_seconds:g} s", kind, error)
        _let_go_of_what_failed(error)


def run_alone(name: str, step: Callable[[], object]) -> None:
    """Do ``step`` once, as the last one of a thread or between two rounds; never raises, and says
    what went wrong.
    """
    try:
        step()
    except Exception as error:  # noqa: BLE001  # as above
        kind = kind_of(error)
        _say(f"{name}: {kind}", kind, error)
        _let_go_of_what_failed(error)


def kind_of(error: Exception, expected: Expected | None = None) -> str:
    """In words, what kind of trouble this is; FAULT where it is nobody else's."""
    if isinstance(error, Error):
        return _kind_of_databases(error)
    found = (kind for kind, errors in (expected or {}).items() if isinstance(error, errors))
    return next(found, FAULT)


def _kind_of_databases(error: Error) -> str:
    if is_lock_timeout(error):
        return "waits for a lock"
    if is_statement_timeout(error):
        return "the database takes too long"
    is_away = isinstance(error, OperationalError | InterfaceError)
    return "the database does not answer" if is_away else "the database refuses it"


def _say(what: str, kind: str, error: Exception) -> None:
    if kind == FAULT:
        logger.error("%s: %s: %s", what, type(error).__name__, error, exc_info=error)
    else:
        logger.warning("%s: %s", what, with_lock_holders(error))


def _let_go_of_what_failed(error: Exception) -> None:
    """A connection that has failed is not used again; the next try makes another one."""
    if isinstance(error, Error):
        connections.close_all()


class ServiceThread(threading.Thread):
    """Runs its services, each in its own rhythm, until ``stop``; ``farewell`` is the last thing
    that it does.

    Where it ``is_limited``, its statements wait for ``lease_timeout_seconds`` at most: one that
    hangs would hold up all the others.
    """

    def __init__(
        self,
        name: str,
        services: Sequence[Service],
        farewell: Callable[[], object] = lambda: None,
        *,
        is_limited: bool = True,
    ) -> None:
        super().__init__(name=f"{THREAD_PREFIX}{name}", daemon=True)
        self.services, self.farewell, self.is_limited = services, farewell, is_limited
        self.stopped = threading.Event()

    def run(self) -> None:
        if self.is_limited:
            limit_this_thread()
        while not self.stopped.wait(self._pause()):
            for service in self.services:
                service.run_if_due()
        run_alone(f"{self.name}: farewell", self.farewell)
        connections.close_all()

    def stop(self, seconds: float = 5.0) -> None:
        """End after the round at hand, and wait for that so long."""
        self.stopped.set()
        if self.is_alive():
            self.join(seconds)

    def _pause(self) -> float:
        return max(0.0, min(service.due_at for service in self.services) - time.monotonic())
