"""Objects over a socket between two processes of one program, each transfer within a time limit."""

from __future__ import annotations

import pickle
import socket
import struct
import time
from typing import Any

LENGTH = struct.Struct("!Q")


def send_message(lane: socket.socket, message: Any, *, seconds: float | None = None) -> None:
    """Raises OSError (a time-out is one) where the other side is gone or does not take it."""
    content = pickle.dumps(message)
    lane.settimeout(seconds)
    lane.sendall(LENGTH.pack(len(content)) + content)


def receive(lane: socket.socket, *, seconds: float | None = None) -> Any:
    """The next message; raises OSError where none comes within ``seconds``, EOFError where the
    other side is gone.
    """
    until = None if seconds is None else time.monotonic() + seconds
    (length,) = LENGTH.unpack(_exactly(lane, LENGTH.size, until))
    return pickle.loads(_exactly(lane, length, until))  # nosec B301 # noqa: S301 - from a process of our own, over a private pair


def _exactly(lane: socket.socket, size: int, until: float | None) -> bytes:
    content = bytearray()
    while len(content) < size:
        lane.settimeout(None if until is None else max(0.001, until - time.monotonic()))
        piece = lane.recv(size - len(content))
        if not piece:
            raise EOFError
        content += piece
    return bytes(content)
