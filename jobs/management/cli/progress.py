"""What a person sees while long work goes on: one line that counts, on a terminal alone."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TextIO, TypeVar

T = TypeVar("T")
PATIENCE_SECONDS, EVERY_SECONDS = 1.0, 0.2


class Progress:
    """``requeueing … 1,240, 3 s`` on stderr, from the second second on; wiped away at the end.

    Where stderr is no terminal, nothing is written: a log needs no moving line.
    """

    def __init__(self, what: str, *, output: TextIO | None = None) -> None:
        self._what = what
        self._output = output or sys.stderr
        self._count = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> Self:
        if self._output.isatty():
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def counting(self, rows: Iterable[T]) -> Iterator[T]:
        """The same rows, counted as they go by."""
        for row in rows:
            self._count += 1
            yield row

    def _show(self) -> None:
        began = time.monotonic()
        if self._done.wait(PATIENCE_SECONDS):
            return
        while not self._done.wait(EVERY_SECONDS):
            count = f"{self._count:,}, " if self._count else ""
            self._output.write(f"\r\033[K{self._what} … {count}{time.monotonic() - began:.0f} s")
            self._output.flush()
        self._output.write("\r\033[K")
        self._output.flush()
