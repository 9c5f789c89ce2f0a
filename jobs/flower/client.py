"""The way to Flower: one read over its unix socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import httpx

# What may pass each way. Cookies and credentials are the console's: Flower neither sees nor sets any.
_REQUEST_HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "If-Modified-Since", "If-None-Match", "User-Agent")
_ANSWER_HEADERS = (
    "Cache-Control",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "ETag",
    "Last-Modified",
    "Vary",
)
# A worker's page asks the workers themselves, which takes Flower a second or more.
_TIMEOUT = httpx.Timeout(15, connect=2)


def open_answer(socket: str, method: str, target: str, headers: Mapping[str, str]) -> httpx.Response:
    """Send one request to Flower and return its answer, the body still to be read by ``body_of``.

    ``target`` is the path with its query. Raises httpx.HTTPError when Flower cannot be reached or is too slow.
    """
    passed = {name: headers[name] for name in _REQUEST_HEADERS if name in headers}
    # Left out, httpx would ask for encodings of its own choice, and the browser would get what it cannot read.
    passed.setdefault("Accept-Encoding", "identity")
    client = _client(socket)
    return client.send(client.build_request(method, f"http://flower{target}", headers=passed), stream=True)


def headers_of(answer: httpx.Response) -> dict[str, str]:
    """The answer's headers that a browser may see."""
    return {name: answer.headers[name] for name in _ANSWER_HEADERS if name in answer.headers}


def body_of(answer: httpx.Response) -> Iterator[bytes]:
    """The answer's body as Flower sent it, in pieces; closes the answer at its end."""
    try:
        yield from answer.iter_raw()
    finally:
        answer.close()


@lru_cache(maxsize=1)
def _client(socket: str) -> httpx.Client:
    # No connection is kept: on a socket a new one costs nothing, and a restarted Flower is met at the first try.
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(transport=httpx.HTTPTransport(uds=socket, limits=limits), timeout=_TIMEOUT)
