"""What a run's body wrote: any stretch of it by line numbers, all of it as a stream, and where a
text occurs.

Lines are numbered from 1 within an attempt and never change, so that a number is an address and a
reader who knows the last one it has asks for what comes after it. Of a log that is too large, one
line has the place of those that are left out of its middle, and the first of their numbers.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Max, Q, QuerySet, Subquery

from jobs.models import Run, RunLog
from jobs.redaction.redactor import Redactor, redactor_of

WINDOW = 1_000
SHOWN_MOST = 262_144  # characters
POLLED_MOST = 65_536
LINE_MOST = 2_000
FOUND_MOST = 1_000
AT_A_TIME = 50
LEVEL = re.compile(r"\S+Z (DEBUG|INFO|STDOUT|WARNING|ERROR|CRITICAL) ")
ERRORS = frozenset({"ERROR", "CRITICAL"})


class Line(NamedTuple):
    """One line, cut where it is very long; ``level`` is that of the logging module, else empty."""

    number: int
    level: str
    text: str


@dataclass(frozen=True)
class LogWindow:
    """Neighbouring lines of one attempt's log, and the number of its last line; 0 of an empty
    log.
    """

    attempt: int
    lines: Sequence[Line] = field(default_factory=list)
    last: int = 0

    @property
    def more_before(self) -> bool:
        return bool(self.lines) and self.lines[0].number > 1

    @property
    def more_after(self) -> bool:
        return bool(self.lines) and self.lines[-1].number < self.last


@dataclass(frozen=True)
class LogMatches:
    """The numbers of the lines that match, at most 1,000; ``more`` says that there are further
    ones.
    """

    lines: Sequence[int]
    more: bool


@dataclass(frozen=True)
class AttemptLog:
    """One attempt's log.

    Each window is one query; so many lines are read as are shown, however long the log is.

    Whatever leaves it, the numbers of found lines too, comes from texts with their secrets hidden
    by ``redactor``.
    """

    run_id: uuid.UUID
    attempt: int
    redactor: Redactor

    def tail(self) -> LogWindow:
        """The last 1,000 lines."""
        newest = self._pieces().order_by("-seq").values("last_line")[:1]
        lines = self._lines(self._pieces().filter(last_line__gt=Subquery(newest) - WINDOW))[
            -WINDOW:
        ]
        return LogWindow(
            self.attempt, _bounded(lines, from_end=True), lines[-1].number if lines else 0
        )

    def after(self, number: int) -> LogWindow:
        """At most 1,000 lines after this one, and 64 KiB; ``last`` is where to go on from."""
        following = (
            self._pieces().filter(first_line__gt=number).order_by("seq").values("first_line")[:1]
        )
        near = Q(first_line__lte=number + WINDOW) | Q(first_line__lt=Subquery(following) + WINDOW)
        found = [
            line
            for line in self._lines(self._pieces().filter(near, last_line__gt=number))
            if line.number > number
        ]
        lines = _bounded(found[:WINDOW], POLLED_MOST)
        return LogWindow(self.attempt, lines, lines[-1].number if lines else number)

    def before(self, number: int) -> LogWindow:
        """At most 1,000 lines ahead of this one."""
        ahead = self._pieces().filter(last_line__lt=number).order_by("-seq").values("last_line")[:1]
        near = Q(last_line__gte=number - WINDOW) | Q(last_line__gt=Subquery(ahead) - WINDOW)
        found = [
            line
            for line in self._lines(self._pieces().filter(near, first_line__lt=number))
            if line.number < number
        ]
        return LogWindow(self.attempt, _bounded(found[-WINDOW:], from_end=True), number)

    def around(self, number: int) -> LogWindow:
        """The lines about this one, half of them ahead of it; of a number beyond the end, the tail.

        Two queries.
        """
        last = self._pieces().aggregate(last=Max("last_line"))["last"] or 0
        first = max(1, min(number, last) - WINDOW // 2)
        lines = self._lines(
            self._pieces().filter(first_line__lt=first + WINDOW, last_line__gte=first)
        )
        found = [line for line in lines if first <= line.number < first + WINDOW]
        return LogWindow(self.attempt, _bounded(found or lines), last)

    def find(self, matches: Callable[[Line], bool]) -> LogMatches:
        """The whole log is read, at most LOG_MAX_BYTES of it."""
        numbers = (line.number for line in self._every_line() if matches(line))
        found = [number for number, _ in zip(numbers, range(FOUND_MOST + 1), strict=False)]
        return LogMatches(found[:FOUND_MOST], len(found) > FOUND_MOST)

    def texts(self) -> Iterator[str]:
        """All pieces in order, a few at a time."""
        return (text for _, text in self._every_piece())

    def _every_piece(self) -> Iterator[tuple[int, str]]:
        """The number of each piece's first line, and its text."""
        seq = -1
        rows = self._pieces().order_by("seq").values_list("seq", "first_line", "text")
        while pieces := list(rows.filter(seq__gt=seq)[:AT_A_TIME]):
            yield from ((first, self.redactor.text(text)) for _, first, text in pieces)
            seq = pieces[-1][0]

    def _pieces(self) -> QuerySet[RunLog]:
        return RunLog.objects.filter(run=self.run_id, attempt=self.attempt)

    def _lines(self, pieces: QuerySet[RunLog]) -> list[Line]:
        read = pieces.order_by("seq").values_list("first_line", "text")
        return [line for first, text in read for line in numbered(first, self.redactor.text(text))]

    def _every_line(self) -> Iterator[Line]:
        level = ""
        for first, text in self._every_piece():
            for line in numbered(first, text, level):
                level = line.level
                yield line


def log_of(run: Run, attempt: int | None = None, redactor: Redactor | None = None) -> AttemptLog:
    """The log of this attempt, or of the run's present one."""
    return AttemptLog(run.pk, attempt or run.attempt, redactor or redactor_of(run.params))


def log_pieces(
    run: Run, *, attempt: int | None, after: tuple[int, int] | None, limit: int | None
) -> list[RunLog]:
    """One query: pieces of the log in their order, beyond the one with the attempt and number
    ``after``.
    """
    redactor = redactor_of(run.params)
    pieces = RunLog.objects.filter(run=run).order_by("attempt", "seq")
    if attempt is not None:
        pieces = pieces.filter(attempt=attempt)
    if after is not None:
        pieces = pieces.filter(attempt__gte=after[0]).exclude(attempt=after[0], seq__lte=after[1])
    found = list(pieces[:limit])
    for piece in found:
        piece.text = redactor.text(piece.text)
    return found


def containing(text: str) -> Callable[[Line], bool]:
    """Lines with this text in them, whatever its case."""
    wanted = text.casefold()
    return lambda line: wanted in line.text.casefold()


def is_error(line: Line) -> bool:
    """A line logged as an error, or the beginning of a traceback."""
    return line.level in ERRORS or line.text.startswith("Traceback (most recent call last)")


def numbered(first: int, text: str, level: str = "") -> Iterator[Line]:
    """The lines of a piece; one without a stamp of its own, as in a traceback, has the level of the
    one before.
    """
    for number, line in enumerate(text.removesuffix("\n").split("\n"), first):
        level = level_of(line) or level
        yield Line(number, level, line)


def level_of(line: str) -> str:
    stamped = LEVEL.match(line)
    return stamped[1] if stamped else ""


def _bounded(
    lines: Sequence[Line], most: int = SHOWN_MOST, *, from_end: bool = False
) -> list[Line]:
    """As many lines as are fit for one page, each cut to what one can read."""
    kept: list[Line] = []
    room = most
    for line in reversed(lines) if from_end else lines:
        short = line._replace(text=_cut(line.text))
        room -= len(short.text)
        if room < 0 and kept:
            break
        kept.append(short)
    return kept[::-1] if from_end else kept


def _cut(text: str) -> str:
    rest = len(text) - LINE_MOST
    return f"{text[:LINE_MOST]}… {rest:,} more characters, in log.txt" if rest > 0 else text
