"""A TCP proxy of the tests before a unix socket.

It can turn deaf: it takes what is sent and answers nothing.

What a broken pooler, load balancer or mesh looks like from the client's side: the connection
stands, every byte is acknowledged, and no answer ever comes.
"""

from __future__ import annotations

import selectors
import socket
import threading
from pathlib import Path

CHUNK = 65_536


class Proxy:
    """Listens on ``port`` of 127.0.0.1 from the start to ``close``; ``go_deaf`` is about the
    connections there are.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._links: list[_Link] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def go_deaf(self) -> int:
        """From here on nothing passes over the connections that stand; new ones work.

        Returns how many these were.
        """
        deaf = [link for link in self._links if link.turn_deaf()]
        return len(deaf)

    def close(self) -> None:
        """End every connection, and take no more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(5)
        for link in self._links:
            link.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self._links.append(_Link(client, self.target))


class _Link:
    """One client's connection and its counterpart at the server."""

    def __init__(self, client: socket.socket, target: Path) -> None:
        self.client = client
        self.server = socket.socket(socket.AF_UNIX)
        self.server.connect(str(target))
        self.is_deaf = self.is_over = False
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def turn_deaf(self) -> bool:
        """The server's side is cut, the client's goes on being read.

        False if the connection had ended already.
        """
        if self.is_over or self.is_deaf:
            return False
        self.is_deaf = True
        self.server.shutdown(socket.SHUT_RDWR)
        return True

    def close(self) -> None:
        for side in (self.client, self.server):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._thread.join(5)

    def _carry(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self.client, selectors.EVENT_READ, self.server)
                selector.register(self.server, selectors.EVENT_READ, self.client)
                while self._pass_on(selector):
                    pass
        except OSError:
            pass  # one of the two has gone
        self.is_over = True
        self.client.close()
        self.server.close()

    def _pass_on(self, selector: selectors.BaseSelector) -> bool:
        for key, _ in selector.select():
            data = key.fileobj.recv(CHUNK)  # type: ignore[union-attr]
            if self.is_deaf and key.fileobj is self.server:
                selector.unregister(self.server)
            elif not data:
                return False
            elif not self.is_deaf:
                key.data.sendall(data)
        return True
