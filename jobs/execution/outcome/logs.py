"""A run's log while its body runs: lines come in from any thread, pieces go out to the database."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from jobs import conf
from jobs.execution.outcome.log_tail import LEFT_OUT, Chunk, Tail
from jobs.lifecycle.texts import clean
from jobs.models import RunLog
from jobs.moments import iso
from jobs.redaction.known import Known

PIECE_CHARACTERS = 65_536
LONGEST_LINE = 65_536  # characters
TAIL_SHARE = 10  # one part in so many is kept for the end
STDOUT_LOGGER = "celery.redirected"
STREAM = "stream"  # on a record: STDOUT or STDERR, where the body printed it


class LogBuffer:
    """The lines of one attempt that are not stored yet. Thread-safe.

    Of all that is written the beginning and the end are kept, LOG_MAX_BYTES together; a line
    between them says how much is left out. The end goes to the database as it is written too, where
    ``jobs.lifecycle.run_log`` removes what is no longer part of it: a run that is killed leaves its
    last words.
    """

    def __init__(self, run_id: uuid.UUID, attempt: int) -> None:
        self.run_id, self.attempt = run_id, attempt
        self.limit = conf.get().log_max_bytes
        # One saver at a time: the pool child's reporter, or whoever finishes the run.
        self.saving = threading.Lock()
        self.hidden = Known()  # what no line of it may say
        self._lock = threading.Lock()
        self._tail = Tail(self.limit // TAIL_SHARE)
        # For the beginning; it never grows again once it is full.
        self._room = self.limit - self._tail.limit
        self._lines: list[str] = []
        self._pieces: list[RunLog] = []
        self._handed: dict[int, Chunk] = {}  # by the number of its piece
        self._seq = self._line = self._count = self._told = 0

    def write(self, line: str) -> None:
        """Take a line (or several)."""
        text = clean(self.hidden.covered(line))
        with self._lock:
            for each in text.split("\n"):
                self._take(_cut(each) + "\n")

    def pending(self) -> list[RunLog]:
        """Unsaved pieces, oldest first.

        They stay pending until ``saved``, so that a failed save can be repeated.
        """
        with self._lock:
            lines, self._lines, self._handed = self._lines, [], {}
            self._pieces += [self._piece(piece) for piece in pieces_of(lines)]
            return [*self._pieces, *self._left_out(), *map(self._piece_of, self._tail.unsaved())]

    def saved(self, pieces: Iterable[RunLog]) -> None:
        with self._lock:
            saved = {piece.seq: piece for piece in pieces}
            self._pieces = [piece for piece in self._pieces if piece.seq not in saved]
            for seq in saved.keys() & self._handed.keys():
                self._handed.pop(seq).is_saved = True
            if mark := saved.get(self._seq + 1):
                self._told = mark.last_line

    def _take(self, line: str) -> None:
        self._count += 1
        size = len(line.encode())
        if not self._tail.begins and self._room >= size:
            self._room -= size
            self._lines.append(line)
        else:
            self._tail.add(self._count, line, size)

    def _piece(self, text: str) -> RunLog:
        """The next piece of the beginning, its lines counted on from the one before."""
        first = self._line + 1
        self._seq, self._line = self._seq + 1, self._line + text.count("\n")
        return self._stored(self._seq, first, self._line, text)

    def _left_out(self) -> Iterator[RunLog]:
        """The line that stands for all those left out, the piece after the beginning; again
        whenever they are more.
        """
        tail = self._tail
        if tail.dropped_last > self._told:
            text = LEFT_OUT.format(lines=tail.dropped, bytes=tail.dropped_bytes, limit=self.limit)
            yield self._stored(self._seq + 1, tail.begins, tail.dropped_last, text)

    def _piece_of(self, chunk: Chunk) -> RunLog:
        seq = self._seq + 1 + chunk.seq
        self._handed[seq] = chunk
        return self._stored(seq, chunk.first, chunk.last, "".join(chunk.lines))

    def _stored(self, seq: int, first: int, last: int, text: str) -> RunLog:
        return RunLog(
            run_id=self.run_id, attempt=self.attempt, seq=seq, created_at=datetime.now(UTC),
            first_line=first, last_line=last, text=text,
        )  # fmt: skip


def _cut(line: str) -> str:
    rest = len(line) - LONGEST_LINE
    return f"{line[:LONGEST_LINE]}… {rest:,} more characters are left out" if rest > 0 else line


def pieces_of(lines: list[str]) -> Iterator[str]:
    """The lines joined to pieces of at most 65,536 characters, unless one is longer: a page reads
    what it shows.
    """
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
        return iso(moment, "milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        printed = "STDOUT" if record.name == STDOUT_LOGGER else record.levelname
        record.shown_level = getattr(record, STREAM, printed)
        return super().format(record)


LINE = LineFormatter("%(asctime)s %(shown_level)s %(message)s")
