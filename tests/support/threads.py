"""Doing the same thing in several threads at the same moment, each with database connections of its
own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]], *, seconds: float = 30) -> list[T]:
    """Start all ``calls`` together and return their results in order; the first error is raised."""
    gate = threading.Barrier(len(calls), timeout=seconds)

    def run(call: Callable[[], T]) -> T:
        try:
            gate.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return [
            future.result(timeout=seconds) for future in [pool.submit(run, call) for call in calls]
        ]
