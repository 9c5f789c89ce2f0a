"""The sidecar itself: it answers what the main process's threads ask, until there is no main
process any more.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery import signals
from django.db import connections

from jobs.database.thread_limits import limit_this_thread
from jobs.execution.sidecar.lane import receive, send_message
from jobs.execution.sidecar.watch import Watch
from jobs.services import THREAD_PREFIX

NOT_OURS = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1)
FIRST_OF_OTHERS = 3  # file descriptors below are the standard streams
LONGEST_REPLY_SECONDS = 5.0

logger = logging.getLogger(__name__)


def serve(lanes: Mapping[str, socket.socket], watch: Watch) -> None:
    """Answer on every lane; return once the main process has hung up or is gone."""
    _leave_the_main_process(lanes)
    threads = [Server(name, lane) for name, lane in lanes.items()]
    for thread in threads:
        thread.start()
    watch.run(while_any=threads)
    # What is registered for the end of pool children, such as sending the last traces, is due here
    # as well.
    signals.worker_process_shutdown.send(sender=None, pid=os.getpid(), exitcode=0)


class Server(threading.Thread):
    """Answers one thread of the main process, over a database connection of its own."""

    def __init__(self, name: str, lane: socket.socket) -> None:
        super().__init__(name=f"{THREAD_PREFIX}{name}", daemon=True)
        self.lane = lane

    def run(self) -> None:
        limit_this_thread()
        try:
            while True:
                function, arguments = receive(self.lane)
                send_message(self.lane, _answer(function, arguments), seconds=LONGEST_REPLY_SECONDS)
        except (OSError, EOFError):
            connections.close_all()


def _answer(function: Any, arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    """Whether it went well, and what came of it: the function's answer, or its error."""
    try:
        return True, function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is for the one who asked
        connections.close_all()
        return False, _portable(error)


def _portable(error: Exception) -> Exception:
    error.__cause__ = error.__context__ = None
    try:
        pickle.loads(pickle.dumps(error))  # nosec B301 # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - an exception may be anything
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _leave_the_main_process(lanes: Mapping[str, socket.socket]) -> None:
    """Forget what was inherited: its signals, its pipes to pool children, its connections."""
    for number in NOT_OURS:
        # It ends when the main process does, which may still need it to stop.
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, NOT_OURS)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for connection in connections.all(initialized_only=True):
        connection.connection = None
    kept = {lane.fileno() for lane in lanes.values()}
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if (
            descriptor >= FIRST_OF_OTHERS
            and descriptor not in kept
            and _leads_to_somebody(descriptor)
        ):
            os.close(descriptor)


def _leads_to_somebody(descriptor: int) -> bool:
    """A broker must not take the main process's connection for alive because we have inherited it,
    nor a pool child.
    """
    try:
        kind = os.fstat(descriptor).st_mode
    except OSError:
        return False  # it was the listing's own
    return stat.S_ISSOCK(kind) or stat.S_ISFIFO(kind)
