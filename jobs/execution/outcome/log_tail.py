"""The end of a log that is too large to be kept whole: the last lines, and how many before them are
left out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

LEFT_OUT = (
    "… log truncated: {lines:,} lines of {bytes:,} bytes are left out here, a log is "
    "kept to {limit:,} bytes\n"
)
CHUNKS = (
    4  # so many at least make up a full tail: dropping the oldest loses a quarter of it at most
)
LARGEST_CHUNK = 65_536


@dataclass(slots=True)
class Chunk:
    """Neighbouring lines, the first of them number ``first``; ``seq`` counts the chunks from 1."""

    seq: int
    first: int
    lines: list[str] = field(default_factory=list)
    size: int = 0
    is_closed: bool = False  # handed out to be stored: it takes no more lines
    is_saved: bool = False

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


class Tail:
    """Takes one line after the other and keeps the last of them, ``limit`` bytes at most."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dropped_bytes = self.dropped_last = self.begins = 0
        self._chunks: deque[Chunk] = deque()
        self._count = self._size = 0

    def add(self, number: int, line: str, size: int) -> None:
        """``number`` is the line's, ``size`` its bytes."""
        self.begins = self.begins or number
        last = self._chunks[-1] if self._chunks else None
        if (
            last is None
            or last.is_closed
            or last.size + size > min(self.limit // CHUNKS, LARGEST_CHUNK)
        ):
            self._count += 1
            last = Chunk(self._count, number)
            self._chunks.append(last)
        last.lines.append(line)
        last.size += size
        self._size += size
        self._drop()

    def unsaved(self) -> list[Chunk]:
        """The chunks that are not stored yet, in order; what comes after this goes into new
        ones.
        """
        found = [chunk for chunk in self._chunks if not chunk.is_saved]
        for chunk in found:
            chunk.is_closed = True
        return found

    @property
    def dropped(self) -> int:
        """How many lines are left out."""
        return self.dropped_last - self.begins + 1 if self.dropped_last else 0

    def _drop(self) -> None:
        """At least two lines, so that one line in their place is fewer than they were."""
        while len(self._chunks) > 1 and (self._size > self.limit or self.dropped == 1):
            oldest = self._chunks.popleft()
            self._size -= oldest.size
            self.dropped_bytes += oldest.size
            self.dropped_last = oldest.last
