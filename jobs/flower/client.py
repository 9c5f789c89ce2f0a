"""The way to Flower: one request over its unix socket, by the standard library.

(httpx can do it too, but leaves the socket of a refused connection to the garbage collector.)
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

# What may pass each way. Cookies and credentials are the console's: Flower neither sees nor sets
# any.
_REQUEST_HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "If-Modified-Since",
    "If-None-Match",
    "User-Agent",
)
_ANSWER_HEADERS = (
    "Cache-Control",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Etag",
    "Last-Modified",
    "Vary",
)
# A worker's page asks the workers themselves, which takes Flower a second or more.
_TIMEOUT_SECONDS = 15.0
_PIECE_BYTES = 64 * 1024


class FlowerAway(Exception):
    """Nobody answers at Flower's socket, or not in time, or not in HTTP."""


class FlowerAnswer:
    """What Flower answered; iterating reads the body in pieces. Close it."""

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = {
            name: value for name, value in response.getheaders() if name.title() in _ANSWER_HEADERS
        }

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._response.read(_PIECE_BYTES):
            yield piece

    def close(self) -> None:
        self._response.close()


def ask_flower(
    path: Path,
    method: str,
    target: str,
    headers: Mapping[str, str],
    *,
    timeout: float = _TIMEOUT_SECONDS,
) -> FlowerAnswer:
    """Send one request to the socket at ``path``; ``target`` is the address with its query.

    Raises FlowerAway.
    """
    # Closing after each answer, Flower leaves the socket to the answer, and a restarted Flower is
    # met at once.
    passed = {name: headers[name] for name in _REQUEST_HEADERS if name in headers} | {
        "Connection": "close"
    }
    connection = _Connection(path, timeout)
    try:
        connection.request(method, target, headers=passed)
        return FlowerAnswer(connection.getresponse())
    except (OSError, HTTPException) as error:
        connection.close()
        raise FlowerAway(str(error)) from error


class _Connection(HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("flower", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
