"""How long a client may take over its answer: the slower it takes it, the sooner a thread is no
longer kept for it.
"""

from __future__ import annotations

import errno
import socket
import time
from dataclasses import dataclass
from typing import Any

PIECE = 64 * 1024


@dataclass(frozen=True)
class Pace:
    """``seconds`` for any answer, and one more for each ``slowest`` bytes that were taken;
    ``longest`` at most.
    """

    seconds: float = 30.0
    slowest: int = 16 * 1024
    longest: float = 3600.0

    def allowed(self, taken: int) -> float:
        """Seconds that all of the waiting for a client may last that has taken so many bytes."""
        return min(self.longest, self.seconds + taken / self.slowest)


class PacedSocket:
    """A connection's socket while an answer goes through it; everything but sending is the socket's
    own.

    Only waiting for the client counts, not what the answer takes to be made. Raises BrokenPipeError
    once the client has had its time, as if it had gone.
    """

    def __init__(self, sock: socket.socket, pace: Pace) -> None:
        self._sock, self._pace = sock, pace
        self._taken, self._waited = 0, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._send(rest) :]

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """In pieces, through ``sendall``: the kernel would wait for each piece by itself."""
        file.seek(offset)
        sent = 0
        while piece := file.read(PIECE if count is None else min(PIECE, count - sent)):
            self.sendall(piece)
            sent += len(piece)
        return sent

    def _send(self, rest: memoryview) -> int:
        left = self._pace.allowed(self._taken) - self._waited
        began = time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            self._sock.settimeout(left)
            sent = self._sock.send(rest)
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "the client took its answer too slowly") from None
        self._waited += time.monotonic() - began
        self._taken += sent
        return sent
