"""What a person at the terminal reads: one line per event, prefixed with the part it is about."""

from __future__ import annotations

import io
from typing import Protocol


class Output(Protocol):
    """A text stream, such as ``sys.stdout`` or a command's ``self.stdout``."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


class Terminal:
    """Writes lines at once; when the terminal goes away, it falls silent instead of stopping the
    runtime.
    """

    def __init__(self, output: Output) -> None:
        self._output = output

    def say(self, part: str, message: str) -> None:
        self.line(f"{part:>9}  {message}")

    def line(self, text: str) -> None:
        try:
            self._output.write(f"{text}\n")
            self._output.flush()
        except OSError:
            # Closed by SIGHUP or a pipe's reader: ending the parts in order matters more.
            self._output = io.StringIO()
