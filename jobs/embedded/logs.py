"""One bounded log file per part: the part appends to it, ``up`` reads along and shows what
matters.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

KEEP_BYTES = 10 * 1024 * 1024
_READ_BYTES = 256 * 1024
# How a record begins: Celery's, gunicorn's and our own way of writing time and level.
_START = re.compile(
    r"^\[?\d{4}-\d\d-\d\d[ T][\d:,.]+"
    r"(?:: (?P<celery>[A-Z]+)/[\w-]+\]| \+\d{4}\] \[\d+\] \[(?P<gunicorn>[A-Z]+)\]| "
    r"(?P<own>[A-Z]+) [\w.]+:) ?"
)
_TROUBLE = {"ERROR", "CRITICAL"}
# Good news that somebody who has just saved a file waits for.
_NEWS = "schedule files imported"
# A job that fails is not a part in trouble: its pages tell, and one failing job would fill the
# terminal.
_ABOUT_A_JOB = re.compile(r"^Task [\w.]+\[")


class PartLog:
    """``<directory>/<name>.log``; at KEEP_BYTES its content moves to ``.log.1``."""

    def __init__(self, directory: Path, name: str) -> None:
        self.path = directory / f"{name}.log"
        self._offset = self._started = self._size()
        self._partial = b""

    def open(self) -> IO[bytes]:
        """The file to append a (re)started part's output to."""
        self._started = self._size()
        return self.path.open("ab")

    def new_lines(self) -> list[str]:
        """Whole lines written since the last call (at most 256 KB of them)."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._offset)
            chunk = file.read(_READ_BYTES)
        self._offset += len(chunk)
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        self._bound()
        return [line.decode(errors="replace") for line in lines]

    def tail(self, count: int) -> list[str]:
        """The last non-empty lines since the part was last started."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(max(self._started, self._size() - _READ_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        return [line for line in lines if line.strip()][-count:]

    def _bound(self) -> None:
        # The part holds the file open in append mode, so it is emptied in place rather than renamed
        # away; lines written between the copy and the truncation are the price.
        if self._offset >= KEEP_BYTES:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            with self.path.open("r+b") as file:
                file.truncate(0)
            self._offset = self._started = 0

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


def notable(lines: Iterable[str]) -> Iterator[str]:
    """Of a part's log, what belongs on the terminal: errors of the part itself and imports, without
    time and level.

    The lines after a record's first belong to it; of a traceback, the first line alone is told.
    """
    is_told = False
    for line in lines:
        if begun := _record(line):
            level, text = begun
            is_told = _is_news(text, level=level)
            if is_told:
                yield text
        elif line.startswith("Traceback "):
            is_told = False
        elif is_told and line.strip():
            yield f"  {line}"


def _record(line: str) -> tuple[str, str] | None:
    """Level and text of a record that begins in this line, as a text or (LOG_FORMAT=json) as a JSON
    object.
    """
    if start := _START.match(line):
        return start["celery"] or start["gunicorn"] or start["own"], line[start.end() :]
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
        return str(record["level"]).upper(), str(record["message"])
    except (ValueError, KeyError):
        return None


def _is_news(text: str, *, level: str) -> bool:
    return text.startswith(_NEWS) or (level in _TROUBLE and not _ABOUT_A_JOB.match(text))
