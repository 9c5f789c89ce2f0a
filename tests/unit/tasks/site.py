"""A small web server on 127.0.0.1 whose pages misbehave on demand."""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Site:
    """A server that remembers its requests as (method, path, headers, body)."""

    server: ThreadingHTTPServer
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.server.server_port

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


class Pages(BaseHTTPRequestHandler):
    site: Site

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.site.seen.append((self.command, self.path, headers, body))
        kind, _, argument = self.path[1:].partition("?")[0].partition("/")
        getattr(self, f"page_{kind}", self.page_hello)(argument)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815  # http.server asks for these names

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def page_hello(self, _: str) -> None:
        self.reply(200, b"hello\x00", Content_Type="text/plain", X_Internal="not shown")

    def page_latin(self, _: str) -> None:
        self.reply(200, "é".encode("latin-1"), Content_Type="text/plain; charset=latin-1")

    def page_odd(self, _: str) -> None:
        self.reply(200, b"\xff ok", Content_Type="text/plain; charset=no-such-charset")

    def page_status(self, status: str) -> None:
        self.reply(int(status), b"something   went\nwrong")

    def page_to(self, target: str) -> None:
        self.reply(302, Location=target)

    def page_loop(self, number: str) -> None:
        self.reply(302, Location=f"/loop/{int(number) + 1}")

    def page_hops(self, left: str) -> None:
        self.reply(302, Location=f"/hops/{int(left) - 1}") if int(left) else self.reply(
            200, b"arrived"
        )

    def page_large(self, size: str) -> None:
        self.reply(200, b"x" * int(size))

    def page_packed(self, size: str) -> None:
        self.reply(200, gzip.compress(b"x" * int(size)), Content_Encoding="gzip")

    def page_encoded(self, coding: str) -> None:
        self.reply(200, b"??", Content_Encoding=coding)

    def page_slow(self, _: str) -> None:
        """A body without a length, one byte at a time, for half a minute."""
        self.send_response(200)
        self.end_headers()
        for _number in range(150):
            self.wfile.write(b"x")
            time.sleep(0.2)

    def page_silent(self, _: str) -> None:
        """Headers that never end."""
        for _number in range(150):
            self.wfile.write(b"HTTP/1.0 200 OK\r\n" if not _number else b"X: y\r\n")
            time.sleep(0.2)

    def page_garbage(self, _: str) -> None:
        self.wfile.write(b"this is no HTTP\r\n\r\n")

    def log_message(self, *_: Any) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that hangs up early is what some of these tests are about."""


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """A server with a port of its own, for as long as the block lasts."""
    handler = type("Handler", (Pages,), {})
    with Quiet(("127.0.0.1", 0), handler) as server:
        handler.site = found = Site(server)  # type: ignore[attr-defined]  # the class is made just above
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        thread.start()
        yield found
        server.shutdown()
        thread.join(10)
