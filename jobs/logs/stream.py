"""Standard output and error of a process that stays, written so that a reader who does not read
cannot stop it.

A pipe whose other end is alive and does nothing (a log collector that hangs) fills up, and whoever
writes next waits for ever, with the log's lock in hand. Lines that find no room are dropped
instead, and counted.
"""

from __future__ import annotations

import io
import logging
import os
import select
import socket
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

PATIENCE_MILLISECONDS = 1_000  # a reader that is merely slow gets this long, once
STREAMS = ("stdout", "stderr")
Write = Callable[[memoryview], int]


def make_patient() -> None:
    """For this process and those that it forks; call it once logging is set up.

    Files and such are left as they are.
    """
    for name in STREAMS:
        original = getattr(sys, f"__{name}__")
        unblocked = _unblocked(original)
        if unblocked is None:
            continue
        for place in (name, f"__{name}__"):
            if getattr(sys, place) is original:
                setattr(sys, place, unblocked)
        _repoint_handlers(original, unblocked)


def _unblocked(stream: Any) -> IO[str] | None:
    try:
        descriptor = stream.fileno()
        write = _writer(descriptor)
    except (AttributeError, OSError, ValueError):
        return None
    if write is None:
        return None
    raw: Any = Unblocked(descriptor, write)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def _writer(descriptor: int) -> Write | None:
    """A way to write that raises BlockingIOError instead of waiting; None for what never waits,
    such as a file.
    """
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(kind):
        connection = socket.socket(fileno=os.dup(descriptor))
        return lambda data: connection.send(data, socket.MSG_DONTWAIT)
    if stat.S_ISFIFO(kind) or os.isatty(descriptor):
        # Opened anew: the mode of the descriptor itself is shared with every other process that
        # writes there.
        own = os.open(
            f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        )
        return lambda data: os.write(own, data)
    return None


def last_words() -> IO[str]:
    """Where a process that is about to be ended may write without waiting: standard error, if it is
    a file.
    """
    stream = sys.__stderr__
    try:
        is_file = stream is not None and stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        is_file = False
    return stream if is_file and stream else Path(os.devnull).open("w")


class Unblocked(io.RawIOBase):
    """Waits a moment for room, once; from then on it drops what finds none, until there is room
    again.
    """

    def __init__(self, descriptor: int, write: Write) -> None:
        super().__init__()
        self._descriptor, self._write = descriptor, write
        self._lock = threading.Lock()
        self.dropped = 0
        os.register_at_fork(after_in_child=self._renew_lock)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any) -> int:
        with self._lock:
            if self.dropped and self._put(
                f"[{self.dropped} lines were dropped: nobody read them]\n".encode()
            ):
                self.dropped = 0
            if self.dropped or not self._put(data):
                self.dropped += 1
        return len(data)

    def _put(self, data: Any) -> bool:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._write(rest) :]
            except BlockingIOError:
                if self.dropped or not self._wait_for_room():
                    return False
            except OSError:
                return True  # nobody is there any more; that is not for a log to mend
        return True

    def _wait_for_room(self) -> bool:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return bool(poll.poll(PATIENCE_MILLISECONDS))

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()


def _repoint_handlers(original: Any, unblocked: IO[str]) -> None:
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        if isinstance(handler, logging.StreamHandler) and handler.stream is original:
            handler.setStream(unblocked)
