"""Simulated time: what Python's clocks say while a world turns.

The core reads ``time`` and ``datetime`` like any other program, and goes on doing so: here their
functions answer for the world. The database's clock is the world's own matter (``database.py``),
because it may differ from the hosts'.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest import mock

import time_machine

EPOCH = datetime(2026, 1, 5, tzinfo=UTC)
BOOTED = 1_000.0  # what the monotonic clock says when the world begins


class Clock:
    """Seconds since the world began; ``move_to`` sets the hosts' clocks, which agree."""

    def __init__(self) -> None:
        self.now = 0.0
        self._traveller: time_machine.Traveller | None = None

    def move_to(self, now: float) -> None:
        self.now = now
        if self._traveller:
            self._traveller.move_to(EPOCH.timestamp() + now)

    def monotonic(self) -> float:
        return BOOTED + self.now

    @contextmanager
    def ruling(self, sleep: Callable[[float], None]) -> Iterator[None]:
        """Until the block ends, this is the time; whoever sleeps calls ``sleep``."""
        functions = {
            "monotonic": self.monotonic,
            "clock_gettime": lambda _clock: self.monotonic(),
            "sleep": sleep,
        }
        with (
            time_machine.travel(EPOCH, tick=False) as self._traveller,
            mock.patch.dict(vars(time), functions),
        ):
            yield
        self._traveller = None
