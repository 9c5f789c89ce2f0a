"""A request as far as it has come in: how much of it is wanted, and until when."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any

MOST_HEAD = 64 * 1024
MOST_BODY = 68 * 1024 * 1024  # the largest file that may be imported, and what surrounds it
IN_MEMORY = 128 * 1024  # what is longer is kept in a file
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
SLOWEST = 16 * 1024  # bytes a second that a long body must come with
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


@dataclass
class Gathering:
    """The bytes of one request; ``began`` and ``deadline`` are moments of the monotonic clock."""

    conn: Any
    began: float
    deadline: float
    size: int = 0
    wanted: int | None = None
    expects: bool = False
    head: bytearray = field(default_factory=bytearray)
    file: Any = field(default_factory=lambda: SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - read by the thread

    @property
    def is_whole(self) -> bool:
        return self.wanted is not None and self.size >= self.wanted

    @property
    def is_too_large(self) -> bool:
        """Its head, or what its head announces."""
        return self.size > MOST_HEAD if self.wanted is None else self.wanted > MOST_HEAD + MOST_BODY

    def add(self, data: bytes) -> None:
        """Some more bytes; the end of the head tells how many there will be."""
        self.size += len(data)
        self.file.write(data)
        if self.wanted is None:
            looked_at = max(0, len(self.head) - len(END_OF_HEAD))
            self.head += data
            end = self.head.find(END_OF_HEAD, looked_at)
            if end >= 0:
                self._read_head(bytes(self.head[: end + len(END_OF_HEAD)]))

    def _read_head(self, head: bytes) -> None:
        """A body in chunks is none of ours: no view reads one."""
        found = LENGTH.search(head)
        length = int(found[1]) if found else 0
        self.wanted = len(head) + length
        self.expects = bool(EXPECTS.search(head)) and length > 0
        if length:
            self.deadline = self.began + HEAD_SECONDS + BODY_SECONDS + length / SLOWEST
        self.head.clear()
