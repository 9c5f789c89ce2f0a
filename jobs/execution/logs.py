"""A run's log while its body runs: lines come in from any thread, pieces go out to the database."""

from __future__ import annotations

import logging
import threading
import uuid
from datetime import UTC, datetime

from jobs import conf
from jobs.lifecycle.texts import clean
from jobs.models import RunLog

TRUNCATED = "… log truncated: it reached the limit of {} bytes\n"
STDOUT_LOGGER = "celery.redirected"


class LogBuffer:
    """The lines of one attempt that are not stored yet. Thread-safe; holds at most LOG_MAX_BYTES."""

    def __init__(self, run_id: uuid.UUID, attempt: int) -> None:
        self.run_id, self.attempt = run_id, attempt
        self.room = self.limit = conf.get().log_max_bytes
        self.saving = threading.Lock()  # one saver at a time: the pool child's reporter, or whoever finishes the run
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._pieces: list[RunLog] = []
        self._seq = 0

    def write(self, line: str) -> None:
        """Take a line (or several); past the limit only a mark that says so, once."""
        text = clean(line) + "\n"
        with self._lock:
            if self.room <= 0:
                return
            self.room -= len(text.encode())
            self._lines.append(text if self.room > 0 else TRUNCATED.format(self.limit))

    def pending(self) -> list[RunLog]:
        """Unsaved pieces, oldest first. They stay pending until ``saved``, so that a failed save can be repeated."""
        with self._lock:
            if self._lines:
                text, self._lines = "".join(self._lines), []
                self._pieces.append(self._piece(text))
            return list(self._pieces)

    def saved(self, pieces: list[RunLog]) -> None:
        with self._lock:
            self._pieces = [piece for piece in self._pieces if piece not in pieces]

    def _piece(self, text: str) -> RunLog:
        self._seq += 1
        now = datetime.now(UTC)
        return RunLog(run_id=self.run_id, attempt=self.attempt, seq=self._seq, created_at=now, text=text)


class LineFormatter(logging.Formatter):
    """``2026-01-31T09:15:00.123Z INFO text``; what the body prints is level STDOUT."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def format(self, record: logging.LogRecord) -> str:
        record.shown_level = "STDOUT" if record.name == STDOUT_LOGGER else record.levelname
        return super().format(record)


LINE = LineFormatter("%(asctime)s %(shown_level)s %(message)s")
