"""One time limit for a whole HTTP exchange.

The client's own timeouts start anew with every byte, so a server that sends one now and then could
hold a worker for days. When the time is up, the connection is cut under whoever reads from it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any, Self

CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Deadline:
    """A context that ends ``seconds`` from now, taking the connection it was shown with it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._timer.cancel()

    @property
    def left(self) -> float:
        """The seconds that remain; 0 when the time is up."""
        return max(0.0, self.ends - time.monotonic())

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's ``trace`` extension: remembers the connection in use."""
        if event in CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")
            if not self.left:
                self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            # The plain socket's shutdown even for TLS: it wakes the reader and leaves the TLS state
            # to that thread. One that is closed by now has nothing to be cut.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
