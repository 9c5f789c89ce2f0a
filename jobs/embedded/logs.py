"""One bounded log file per part: the part appends to it, ``up`` reads along and shows what matters."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import IO

KEEP_BYTES = 10 * 1024 * 1024
_READ_BYTES = 256 * 1024
_LEVEL = re.compile(r"\b(ERROR|CRITICAL)\b|^\[[EC] \d{6} ")
# A job that fails is not a part in trouble: its pages tell, and one failing job would fill the terminal.
_ABOUT_A_JOB = re.compile(r"\bTask [\w.]+\[")


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
        # The part holds the file open in append mode, so it is emptied in place rather than renamed away; lines
        # written between the copy and the truncation are the price.
        if self._offset >= KEEP_BYTES:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            with self.path.open("r+b") as file:
                file.truncate(0)
            self._offset = self._started = 0

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


def matters(line: str) -> bool:
    """Whether a part's log line belongs on the terminal: an error of the part itself."""
    return bool(_LEVEL.search(line)) and not _ABOUT_A_JOB.search(line)
