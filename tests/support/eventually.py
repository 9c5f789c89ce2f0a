"""Waiting for what must come true, instead of sleeping for as long as it usually takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def patient(seconds: float) -> float:
    """A deadline for what takes up to ``seconds`` on a quiet machine: a busy one is given several
    times as long.
    """
    return max(30.0, 4 * seconds)


def busy_seconds() -> float:
    """How much longer than a quiet machine this one may take to start a process that must be in
    time for something.

    Add it to how long a body takes that a test must still find at work, and to when something is
    due.
    """
    return min(20.0, 3 * os.getloadavg()[0] / (os.cpu_count() or 1))


def eventually(check: Callable[[], T], *, seconds: float = 10, every: float = 0.05) -> T:
    """Call ``check`` until it returns something true and return that.

    An AssertionError raised by ``check`` means "not yet"; any other error ends the wait. After
    several times the ``seconds`` that a quiet machine needs at most the last refusal is raised: the
    test says what was still missing.
    """
    deadline = time.monotonic() + patient(seconds)
    while True:
        refusal: AssertionError
        try:
            value = check()
        except AssertionError as error:
            refusal = error
        else:
            if value:
                return value
            refusal = AssertionError(f"still {value!r}")
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {patient(seconds):g} s: {refusal}") from refusal
        time.sleep(every)


def never(check: Callable[[], object], *, seconds: float, every: float = 0.05) -> None:
    """Watch for ``seconds`` that ``check`` stays false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = check()
        assert not value, f"became {value!r}"
        time.sleep(every)
