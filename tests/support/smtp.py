"""A mail server of the test's own: real SMTP over a socket, which keeps what it is sent."""

from __future__ import annotations

import socketserver
import time
from typing import cast

from tests.support.serving import Serving

ANSWERS = {b"DATA": b"354 go on", b"QUIT": b"221 bye"}


class MailServer(Serving):
    """``mails`` holds the text of each mail; with ``refuses``, no recipient is taken; one that
    ``drips`` begins to greet and never comes to an end.
    """

    def __init__(self, *, refuses: bool = False, drips: bool = False) -> None:
        self.mails: list[str] = []
        server = _Server(("127.0.0.1", 0), _Conversation)
        server.mails, server.refuses, server.drips = self.mails, refuses, drips
        super().__init__(server)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    mails: list[str]
    refuses: bool
    drips: bool


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self) -> None:
        server = cast("_Server", self.server)
        if server.drips:
            self._drip()
            return
        self._say(b"220 tests")
        while line := self.rfile.readline().strip():
            verb = line[:4].upper()
            self._say(
                b"550 nobody here"
                if verb == b"RCPT" and server.refuses
                else ANSWERS.get(verb, b"250 well")
            )
            if verb == b"QUIT":
                return
            if verb == b"DATA":
                server.mails.append(self._body())
                self._say(b"250 taken")

    def _drip(self) -> None:
        for _ in range(600):
            try:
                self._say(b"220-tests")
            except OSError:
                return
            time.sleep(0.05)

    def _body(self) -> str:
        return b"".join(iter(self.rfile.readline, b".\r\n")).decode()

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")
