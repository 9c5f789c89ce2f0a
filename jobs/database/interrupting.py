"""SQLite's statements end after so long, which it has no setting for: it asks a function of ours
now and then.
"""

from __future__ import annotations

import time
from typing import Any

EVERY = 50_000  # of its machine's instructions: some milliseconds


class Stopwatch:
    """Of one connection: when the statement that it executes has to be over."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._ends_at = seconds, float("inf")

    def __call__(
        self, execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Django's hook around each statement."""
        self._ends_at = time.monotonic() + self._seconds
        return execute(sql, params, many, context)

    def is_over(self) -> bool:
        return time.monotonic() > self._ends_at


def interrupt_after(connection: Any, seconds: float | None) -> None:
    """From here on, a statement over this SQLite connection that takes longer ends with
    OperationalError.
    """
    wrappers = [each for each in connection.execute_wrappers if not isinstance(each, Stopwatch)]
    stopwatch = Stopwatch(seconds) if seconds else None
    connection.execute_wrappers = [*wrappers, stopwatch] if stopwatch else wrappers
    connection.connection.set_progress_handler(stopwatch.is_over if stopwatch else None, EVERY)
