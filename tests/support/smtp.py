"""A mail server of the test's own: real SMTP over a socket, which keeps what it is sent."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Self, cast

ANSWERS = {b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class MailServer:
    """``mails`` holds the text of each mail; with ``refuses``, no recipient is taken."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.mails: list[str] = []
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.mails, self._server.refuses = self.mails, refuses
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    mails: list[str]
    refuses: bool


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self) -> None:
        server = cast("_Server", self.server)
        self._say(b"220 tests")
        while line := self.rfile.readline().strip():
            verb = line[:4].upper()
            self._say(b"550 nobody here" if verb == b"RCPT" and server.refuses else ANSWERS.get(verb, b"250 well"))
            if verb == b"QUIT":
                return
            if verb == b"DATA":
                server.mails.append(self._body())
                self._say(b"250 taken")

    def _body(self) -> str:
        return b"".join(iter(self.rfile.readline, b".\r\n")).decode()

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")
