"""Connections that are answered and wait for their clients to close: read to their end without
waiting for any.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from gunicorn import util

SECONDS = 2.0
MOST_BYTES = 64 * 1024  # as gunicorn has it
PIECE = 4096


class Lingering:
    """What is closed with bytes unread is reset, and the client may lose the end of its answer:
    hence the wait.

    gunicorn's own waits in the loop that serves all connections, two seconds for each client that
    does not close. ``closed`` is called for each that is.
    """

    def __init__(self, closed: Callable[[], None]) -> None:
        self._closed = closed
        self._left: dict[
            socket.socket, tuple[float, int]
        ] = {}  # until when, and how many bytes more

    def add(self, poller: Any, sock: socket.socket) -> None:
        """Say that nothing more will come, and close the connection once the client has done so."""
        self._left[sock] = (time.monotonic() + SECONDS, MOST_BYTES)
        try:
            sock.setblocking(False)
            sock.shutdown(socket.SHUT_WR)
            poller.register(sock, selectors.EVENT_READ, lambda _: self._read(poller, sock))
        except (OSError, ValueError, KeyError):
            self._close(poller, sock)

    def end(self, poller: Any, *, at_most: int | None = None, late: float | None = None) -> int:
        """Close those that began first: ``at_most`` so many, those that should be closed at
        ``late``; say how many.
        """
        chosen = [sock for sock, (until, _) in self._left.items() if late is None or until < late][
            :at_most
        ]
        for sock in chosen:
            self._close(poller, sock)
        return len(chosen)

    def _read(self, poller: Any, sock: socket.socket) -> None:
        if sock not in self._left:
            return  # closed since the loop was told of its bytes
        try:
            data = sock.recv(PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        until, left = self._left[sock]
        self._left[sock] = (until, left - len(data))
        if not data or left <= len(data):
            self._close(poller, sock)

    def _close(self, poller: Any, sock: socket.socket) -> None:
        del self._left[sock]
        with suppress(KeyError, ValueError):
            poller.unregister(sock)
        util.close(sock)
        self._closed()
