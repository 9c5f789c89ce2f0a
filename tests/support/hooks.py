"""An HTTP server of the test's own that keeps what it is sent, and answers as it is told: well,
slowly, never, or with half an answer.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, cast

from tests.support.serving import Serving

NEVER = "never"
CUT = "cut"
DRIP = "drip"


@dataclass(frozen=True)
class Received:
    """A request: its path, its headers with small names, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Script:
    """What the server says, one answer after another, the last one for ever."""

    answers: deque[Any] = field(default_factory=lambda: deque([200]))
    received: list[Received] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


class HookServer(Serving):
    """``answers``: a status, ``(status, headers)``, NEVER, CUT or DRIP."""

    def __init__(self, *answers: Any) -> None:
        self.script = Script()
        if answers:
            self.script.answers = deque(answers)
        server = _Server(("127.0.0.1", 0), _Handler)
        server.script = self.script
        super().__init__(server)

    @property
    def received(self) -> list[Received]:
        return self.script.received

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.script.released.set()
        super().__exit__(kind, error, traceback)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    script: Script


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        script = cast("_Server", self.server).script
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        script.received.append(Received(self.path, headers, self.rfile.read(length)))
        answers = script.answers
        self._answer(answers.popleft() if len(answers) > 1 else answers[0], script.released)

    do_GET = do_POST  # noqa: N815 - as the server calls it

    def log_message(self, *args: Any) -> None:
        """Nothing."""

    def _answer(self, answer: Any, released: threading.Event) -> None:
        if answer == NEVER:
            released.wait(60)
        elif answer == CUT:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhal")
        elif answer == DRIP:
            self._drip(released)
        else:
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"done")

    def _drip(self, released: threading.Event) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not released.wait(0.05):
            try:
                self.wfile.write(b".")
                self.wfile.flush()
            except OSError:
                return
