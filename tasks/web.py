"""One bounded HTTP request: vetted addresses, re-vetted redirects, a size and a time limit."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tasks import egress
from tasks.deadline import Deadline

MOST_REDIRECTS = 5
MOST_BYTES = 1024 * 1024
MOST_CHARACTERS = 10_000
CONNECT_SECONDS = 10.0
# It logs every address in full, with the secrets a query may hold.
logging.getLogger("httpx").setLevel(logging.WARNING)
# Ours to set: the name we vetted, the framing of the body, and an answer that cannot swell while it
# is unpacked.
RESERVED_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
)
SHOWN_HEADERS = (
    "content-type",
    "content-length",
    "date",
    "etag",
    "last-modified",
    "location",
    "retry-after",
)


class RequestFailed(RuntimeError):
    """The request got no usable answer; the message says why."""


class UnexpectedStatus(RequestFailed):
    """The server answered with a status that does not mean success."""


@dataclass(frozen=True)
class Limits:
    """How long the whole request may take, how many redirects it may follow, which internal hosts
    it may reach.
    """

    seconds: float
    redirects: int = MOST_REDIRECTS
    allow: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """What came back: ``text`` is the whole body, decoded; ``url`` carries neither password nor
    query.
    """

    status: int
    url: str
    headers: dict[str, str]
    text: str

    @property
    def start(self) -> str:
        """The first words of the body, on one line, for messages."""
        return " ".join(self.text[:200].split())

    def as_result(self) -> dict[str, Any]:
        """The answer as a task's JSON result."""
        return {
            "status": self.status,
            "url": self.url,
            "headers": self.headers,
            "body": self.text[:MOST_CHARACTERS],
            "truncated": len(self.text) > MOST_CHARACTERS,
        }


def build(
    method: str, url: str, headers: Mapping[str, str], *, json: Any = None, text: str | None = None
) -> httpx.Request:
    """The request; ValueError names the parameter that makes no sense."""
    if reserved := sorted(name for name in headers if name.lower() in RESERVED_HEADERS):
        raise ValueError(f"'headers' may not set {', '.join(reserved)}")
    try:
        request = httpx.Request(method, url, headers=dict(headers), json=json, content=text)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise ValueError(f"'url' or 'headers' cannot be used: {error}") from error
    if not _usable(request.url):
        raise ValueError(
            "'url' must be http:// or https://, a host and at most a valid port, not "
            f"{shown(request.url)!r}"
        )
    request.headers["accept-encoding"] = "identity"
    request.headers.setdefault("user-agent", "beatwright")
    return request


def fetch(request: httpx.Request, limits: Limits) -> Answer:
    """Send the request, follow its redirects and read the answer.

    Raises RequestFailed, or egress.AddressRefused when the request or a redirect leads where tasks
    may not go.
    """
    # No proxy, .netrc or certificate settings from the environment: a proxy would connect where we
    # may not.
    with (
        Deadline(limits.seconds) as deadline,
        httpx.Client(transport=egress.Vetting(limits.allow), trust_env=False) as client,
    ):
        try:
            return _follow(client, request, limits, deadline)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise _in_words(error, request.url, deadline) from error


def _in_words(error: Exception, url: httpx.URL, deadline: Deadline) -> Exception:
    if isinstance(error, httpx.LocalProtocolError):
        return ValueError(f"'headers' cannot be sent: {error}")
    if not deadline.left or isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        return _too_slow(url, deadline)
    if isinstance(error, httpx.ConnectTimeout):
        return RequestFailed(f"no connection to {shown(url)} within {CONNECT_SECONDS:g} seconds")
    return RequestFailed(f"no answer from {shown(url)}: {str(error) or type(error).__name__}")


def _follow(
    client: httpx.Client, request: httpx.Request, limits: Limits, deadline: Deadline
) -> Answer:
    current: httpx.Request = request
    for _ in range(limits.redirects + 1):
        response = _send(client, current, deadline)
        try:
            if response.next_request is None or not limits.redirects:
                return _read(response, deadline)
            current = _redirected(current, response.next_request)
        finally:
            response.close()
    raise RequestFailed(f"{shown(request.url)} redirects more than {limits.redirects} times")


def _send(client: httpx.Client, request: httpx.Request, deadline: Deadline) -> httpx.Response:
    left = deadline.left
    if not left:
        raise _too_slow(request.url, deadline)
    timeout = httpx.Timeout(left, connect=min(left, CONNECT_SECONDS))
    request.extensions = {
        **request.extensions,
        "timeout": timeout.as_dict(),
        "trace": deadline.trace,
    }
    return client.send(request, stream=True, follow_redirects=False)


def _redirected(before: httpx.Request, after: httpx.Request) -> httpx.Request:
    """The next request; to another origin it carries none of the caller's own headers, which may
    hold secrets.
    """
    if not _usable(after.url):
        raise RequestFailed(
            f"{shown(before.url)} redirects to {shown(after.url)}, which is no web address"
        )
    if not _same_owner(before.url, after.url):
        kept = {"host", "user-agent", "accept", "accept-encoding", "content-type", "content-length"}
        for name in [name for name in after.headers if name.lower() not in kept]:
            del after.headers[name]
    return after


def _read(response: httpx.Response, deadline: Deadline) -> Answer:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise RequestFailed(
                f"{shown(response.url)} answered with more than {MOST_BYTES // 1024} KB"
            )
        if not deadline.left:
            break
    # Also when the loop came to its end: a connection that was cut can look like a body that was
    # finished.
    if not deadline.left:
        raise _too_slow(response.url, deadline)
    headers = {name: response.headers[name] for name in SHOWN_HEADERS if name in response.headers}
    text = _decoded(bytes(body), response)
    return Answer(response.status_code, shown(response.url), headers, text)


def _decoded(body: bytes, response: httpx.Response) -> str:
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if body and coding in ("gzip", "deflate"):
        body = _unpacked(body, response.url)
    elif body and coding != "identity":
        raise RequestFailed(
            f"{shown(response.url)} answered in the encoding {coding!r}, which was not asked for"
        )
    try:
        text = body.decode(response.charset_encoding or "utf-8", errors="replace")
    except LookupError:
        text = body.decode(errors="replace")
    # A NUL can be stored in no text column.
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _unpacked(body: bytes, url: httpx.URL) -> bytes:
    """The body of a server that packs it unasked, unpacked no further than the limit."""
    try:
        unpacked = zlib.decompressobj(wbits=47).decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise RequestFailed(f"{shown(url)} answered with a body that cannot be unpacked") from error
    if len(unpacked) > MOST_BYTES:
        raise RequestFailed(f"{shown(url)} answered with more than {MOST_BYTES // 1024} KB")
    return unpacked


def _usable(url: httpx.URL) -> bool:
    return url.scheme in ("http", "https") and bool(url.host) and egress.port_of(url) < 65_536


def _same_owner(before: httpx.URL, after: httpx.URL) -> bool:
    """Whether both addresses are one origin, or the second is the first one made secure."""
    ports = (egress.port_of(before), egress.port_of(after))
    upgraded = (before.scheme, after.scheme, *ports) == ("http", "https", 80, 443)
    return before.host == after.host and (
        upgraded or (before.scheme == after.scheme and ports[0] == ports[1])
    )


def _too_slow(url: httpx.URL, deadline: Deadline) -> RequestFailed:
    return RequestFailed(f"{shown(url)} gave no full answer within {deadline.seconds:g} seconds")


def shown(url: httpx.URL) -> str:
    """The address without password, query and fragment, which may hold secrets."""
    return str(url.copy_with(username=None, password=None, query=None, fragment=None))
