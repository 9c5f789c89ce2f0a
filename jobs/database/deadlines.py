"""For how long a connection may keep us waiting: what the process says, or the thread."""

from __future__ import annotations

import threading

_process: dict[str, float] = {}
_thread = threading.local()


def answer_within(seconds: float, *, alias: str = "default") -> None:
    """From here on, statements of this process over the connection ``alias`` end after so long,
    with an error.
    """
    _process[alias] = seconds


def answer_within_here(seconds: float) -> None:
    """The same for all connections of the calling thread; it wins."""
    _thread.seconds = seconds


def answer_within_seconds(alias: str) -> float | None:
    """What holds for the calling thread and this connection; None where it may wait for ever."""
    of_thread: float | None = getattr(_thread, "seconds", None)
    return of_thread or _process.get(alias)
