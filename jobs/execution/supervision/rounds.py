"""A thread of the worker's main process that goes its rounds: small duties of one shape, each in its own rhythm."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import Error, connections

from jobs.database.locks import is_lock_timeout, told
from jobs.execution.outcome.capture import THREAD_PREFIX
from jobs.lifecycle.limits import limit_this_thread
from jobs.outages import Outage

logger = logging.getLogger(__name__)


@dataclass
class Duty:
    """``run_once()`` returns what it changed, by name; silence means nothing did."""

    name: str
    every_seconds: float
    run_once: Callable[[], dict[str, int]]
    due_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._outage = Outage(__name__, self.name, f"{self.name}: works again", level_over=logging.INFO)

    def run_if_due(self) -> None:
        """Never raises; an error is logged when it begins, and its end as well."""
        if time.monotonic() < self.due_at:
            return
        self.due_at = time.monotonic() + self.every_seconds
        try:
            counts = self.run_once()
        except Error as error:
            said = (
                f"waits for a lock: {told(error)}"
                if is_lock_timeout(error)
                else f"the database does not answer: {error}"
            )
            connections.close_all()
            self._outage.failed(said)
        except Exception as error:
            if self._outage.failed(error):
                logger.exception("%s failed", self.name)
        else:
            self._outage.worked()
            if any(counts.values()):
                logger.info("%s: %s", self.name, ", ".join(f"{n} {what}" for what, n in counts.items() if n))


class Rounds(threading.Thread):
    """Goes on until ``stop``; then ``farewell`` is the last duty."""

    def __init__(self, name: str, duties: Sequence[Duty], farewell: Callable[[], object] = lambda: None) -> None:
        super().__init__(name=f"{THREAD_PREFIX}{name}", daemon=True)
        self.duties, self.farewell = duties, farewell
        self.stopped = threading.Event()

    def run(self) -> None:
        limit_this_thread()
        while not self.stopped.wait(self._pause()):
            for duty in self.duties:
                duty.run_if_due()
        try:
            self.farewell()
        except Error as error:
            logger.warning("%s: no farewell: %s", self.name, error)
        connections.close_all()

    def stop(self, seconds: float = 5.0) -> None:
        """End after the duty at hand, and wait for that so long."""
        self.stopped.set()
        if self.is_alive():
            self.join(seconds)

    def _pause(self) -> float:
        return max(0.0, min(duty.due_at for duty in self.duties) - time.monotonic())
