"""What a body prints, a line of the log for each line: Celery's own redirection makes one of every
single write.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import Any

from celery.utils.log import LoggingProxy

from jobs.execution.outcome.logs import STREAM

LONGEST_LINE = 65_536


class Printed(LoggingProxy):
    """Passes whole lines on.

    What has no newline yet waits for it, or for ``release``; each thread has its own line.
    """

    logger: logging.Logger
    _thread: Any  # Celery's: a logger that prints must not be called for it

    def __init__(self, logger: logging.Logger, level: int, stream: str) -> None:
        super().__init__(logger, level)
        self.about = {STREAM: stream}
        self._begun: dict[int, str] = {}

    def write(self, data: Any) -> int:  # type: ignore[override]  # as a file does, whatever the stubs say
        text = data if isinstance(data, str) else str(data)
        *lines, rest = (self._begun.pop(threading.get_ident(), "") + text).split("\n")
        if len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], ""
        if rest:
            self._begun[threading.get_ident()] = rest
        for line in lines:
            self._log(line)
        return len(text)

    def release(self) -> None:
        """Pass on what has no newline."""
        while self._begun:
            self._log(self._begun.popitem()[1])

    def _log(self, line: str) -> None:
        """What a terminal would show of it in the end: a progress bar overwrites itself."""
        if self.closed or getattr(self._thread, "recurse_protection", False):
            return
        self._thread.recurse_protection = True
        try:
            shown = line.rstrip("\r").rpartition("\r")[2]
            self.logger.log(self.loglevel, "%s", shown, extra=self.about)
        finally:
            self._thread.recurse_protection = False


def capture_prints() -> None:
    """Take over from Celery's redirection, where it is on."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is LoggingProxy:
            celerys: Any = stream  # its stubs know no logger
            setattr(sys, name, Printed(celerys.logger, celerys.loglevel, name.upper()))


def flush() -> None:
    """Pass on the lines that a body began and did not end."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Printed):
            stream.release()
