"""A worker's restart: the ordinary warm shutdown, and then the same command again under the same
pid.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading

from jobs import conf

logger = logging.getLogger(__name__)

BEYOND_GRACE_SECONDS = 20.0


class Restart:
    """Make it before anything else registers with atexit: what was registered first is called
    last.
    """

    def __init__(self) -> None:
        self.is_wanted = self.is_stopping = False
        self.pid = os.getpid()
        atexit.register(self._at_exit)

    def note_stop(self) -> None:
        """The worker was told to stop.

        If not by us, or once more after that, it is to stay stopped.
        """
        if self.is_stopping:
            self.is_wanted = False
        self.is_stopping = True

    def ask(self, queue: str) -> None:
        """Begin; a main thread that does not come to its end within the grace time is not waited
        for.
        """
        if self.is_stopping:
            return
        logger.error(
            "a published run of the queue %s waits and this worker does nothing: it restarts", queue
        )
        self.is_wanted = True
        force = threading.Timer(
            conf.get().stop_grace_seconds + BEYOND_GRACE_SECONDS, self._begin_anew
        )
        force.daemon = True
        force.start()
        os.kill(self.pid, signal.SIGTERM)

    def _at_exit(self) -> None:
        if self.is_wanted and os.getpid() == self.pid:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)  # what is ignored stays so in the new program
            self._begin_anew()

    def _begin_anew(self) -> None:
        if self.is_wanted:
            begin_anew()


def begin_anew() -> None:
    """Replace this process by the command that it was started with."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the very command that runs now
