"""The main process's side: it forks the sidecar, asks it, and replaces it when it does not
answer.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

from jobs.execution.sidecar import server
from jobs.execution.sidecar.lane import receive, send_message
from jobs.execution.sidecar.watch import Watch

HEARTBEAT, WRITER, QUEUES = "heartbeat", "outcome_writer", "queues"
SEND_SECONDS = 5.0
END_SECONDS = 3.0

logger = logging.getLogger(__name__)
T = TypeVar("T")


class SidecarAway(OperationalError):
    """No answer; for whoever asked, that is a database that does not answer."""


class Sidecar:
    """At most one at a time.

    Without one (outside of a worker's main process) what is asked is done here.
    """

    def __init__(self) -> None:
        self.worker = ""
        self._pid = 0
        self._main = 0
        self._lanes: dict[str, tuple[socket.socket, threading.Lock]] = {}

    @property
    def pid(self) -> int:
        """0 while there is none."""
        return self._pid

    def start(self, worker: str) -> None:
        """Call from the main thread: the kernel ties what it forks to the thread that did."""
        self.worker, self._main = worker, os.getpid()
        self._fork()

    def keep(self) -> None:
        """Replace a sidecar that has died; from the main thread, often.

        It is never inside a database's library.
        """
        if self._main == os.getpid() and self._has_died():
            logger.warning("the sidecar is gone; another one takes its place")
            self._fork()

    def ask(self, lane: str, function: Callable[..., T], *arguments: object, seconds: float) -> T:
        """``function(*arguments)``, called in the sidecar over the connection of ``lane``; what it
        raises is raised.

        Raises SidecarAway, and has the sidecar killed, where the answer does not come within
        ``seconds``.
        """
        if self._main != os.getpid():
            return function(*arguments)
        mine, lock = self._lanes[lane]
        with lock:
            try:
                send_message(mine, (function, arguments), seconds=SEND_SECONDS)
                is_well, answer = receive(mine, seconds=seconds)
            except (OSError, EOFError) as error:
                self._kill(mine, lane)
                raise SidecarAway(
                    f"the sidecar does not answer: {type(error).__name__} {error}"
                ) from error
        if is_well:
            return answer  # type: ignore[no-any-return]
        raise answer

    def close(self) -> None:
        """Hang up, and wait until it has ended.

        From here on what is asked is done by whoever asks.
        """
        if self._main == os.getpid():
            self._main = 0
            self._hang_up()
            until = time.monotonic() + END_SECONDS
            while not self._has_died() and time.monotonic() < until:
                time.sleep(0.02)

    def _fork(self) -> None:
        self._hang_up()
        pairs = {name: socket.socketpair() for name in (HEARTBEAT, WRITER, QUEUES)}
        main = os.getpid()
        # Until it has made up its mind about them.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, server.NOT_OURS)
        pid = os.fork()
        if pid == 0:
            _be_the_sidecar(pairs, Watch(main, self.worker))
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._pid = pid
        for _, theirs in pairs.values():
            theirs.close()
        self._lanes = {name: (mine, threading.Lock()) for name, (mine, _) in pairs.items()}

    def _has_died(self) -> bool:
        try:
            return os.waitpid(self._pid, os.WNOHANG)[0] == self._pid
        except ChildProcessError:
            return True

    def _kill(self, lane: socket.socket, name: str) -> None:
        """Only the one that was asked: another may have taken its place meanwhile."""
        if self._lanes.get(name, (None, None))[0] is lane and self._pid:
            try:
                os.kill(self._pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def _hang_up(self) -> None:
        for mine, _ in self._lanes.values():
            mine.close()


def _be_the_sidecar(pairs: dict[str, tuple[socket.socket, socket.socket]], watch: Watch) -> None:
    status = 1
    try:
        server.serve({name: theirs for name, (_, theirs) in pairs.items()}, watch)
        status = 0
    except Exception:
        logger.exception("the sidecar ends")
    finally:
        os._exit(status)


sidecar = Sidecar()
