"""A run's log while its body runs: lines come in from any thread, pieces go out to the database."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from jobs import conf
from jobs.hiding.known import Known
from jobs.lifecycle.texts import clean
from jobs.models import RunLog

TRUNCATED = "… log truncated: it reached the limit of {} bytes\n"
PIECE_CHARACTERS = 65_536
STDOUT_LOGGER = "celery.redirected"
STREAM = "stream"  # on a record: STDOUT or STDERR, where the body printed it


class LogBuffer:
    """The lines of one attempt that are not stored yet. Thread-safe; holds at most LOG_MAX_BYTES."""

    def __init__(self, run_id: uuid.UUID, attempt: int) -> None:
        self.run_id, self.attempt = run_id, attempt
        self.room = self.limit = conf.get().log_max_bytes
        self.saving = threading.Lock()  # one saver at a time: the pool child's reporter, or whoever finishes the run
        self.hidden = Known()  # what no line of it may say
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._pieces: list[RunLog] = []
        self._seq = self._line = 0

    def write(self, line: str) -> None:
        """Take a line (or several); past the limit only a mark that says so, once."""
        text = clean(self.hidden.covered(line)) + "\n"
        with self._lock:
            if self.room <= 0:
                return
            self.room -= len(text.encode())
            self._lines.append(text if self.room > 0 else TRUNCATED.format(self.limit))

    def pending(self) -> list[RunLog]:
        """Unsaved pieces, oldest first. They stay pending until ``saved``, so that a failed save can be repeated."""
        with self._lock:
            lines, self._lines = self._lines, []
            self._pieces += [self._piece(piece) for piece in pieces_of(lines)]
            return list(self._pieces)

    def saved(self, pieces: list[RunLog]) -> None:
        with self._lock:
            self._pieces = [piece for piece in self._pieces if piece not in pieces]

    def _piece(self, text: str) -> RunLog:
        """The next piece, its lines counted on from the one before."""
        first = self._line + 1
        self._seq, self._line = self._seq + 1, self._line + text.count("\n")
        return RunLog(
            run_id=self.run_id, attempt=self.attempt, seq=self._seq, created_at=datetime.now(UTC),
            first_line=first, last_line=self._line, text=text,
        )  # fmt: skip


def pieces_of(lines: list[str]) -> Iterator[str]:
    """The lines joined to pieces of at most 65,536 characters, unless one is longer: a page reads what it shows."""
    piece: list[str] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > PIECE_CHARACTERS:
            yield "".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield "".join(piece)


class LineFormatter(logging.Formatter):
    """``2026-01-31T09:15:00.123Z INFO text``; what the body prints is level STDOUT or STDERR."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (logging's name)
        moment = datetime.fromtimestamp(record.created, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def format(self, record: logging.LogRecord) -> str:
        printed = "STDOUT" if record.name == STDOUT_LOGGER else record.levelname
        record.shown_level = getattr(record, STREAM, printed)
        return super().format(record)


LINE = LineFormatter("%(asctime)s %(shown_level)s %(message)s")
