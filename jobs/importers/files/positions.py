"""Where in a JSON text a value stands, found only when somebody asks: reading a good file costs
nothing extra.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

Step = str | int
JsonPath = tuple[Step, ...]

BLANK = re.compile(r"[ \t\n\r]*+")
DECODER = json.JSONDecoder()


class Positions:
    """The places of the values of one JSON text, which must be well formed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._line_starts: list[int] = []
        self._children: dict[int, dict[Step, int]] = {}

    def of(self, path: Sequence[Step]) -> tuple[int, int]:
        """Line and column (from 1) of the value at ``path``, or of the nearest value around it that
        exists.
        """
        offset = self._skip_blank(0)
        for step in path:
            children = self._children_of(offset)
            if step not in children:
                break
            offset = children[step]
        return self.line_column(offset)

    def line_column(self, offset: int) -> tuple[int, int]:
        if not self._line_starts:
            self._line_starts = [0, *(match.end() for match in re.finditer("\n", self._text))]
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def duplicate_key(self) -> tuple[str, int]:
        """The first key that its object already has, and its offset; ("", 0) when there is none."""
        waiting = [self._skip_blank(0)]
        while waiting:
            start, seen = waiting.pop(), set()
            for step, key_at, _ in self._items(start):
                if step in seen:
                    return str(step), key_at
                seen.add(step)
            waiting.extend(value_at for _, _, value_at in self._items(start))
        return "", 0

    def _children_of(self, offset: int) -> dict[Step, int]:
        if offset not in self._children:
            self._children[offset] = {step: value_at for step, _, value_at in self._items(offset)}
        return self._children[offset]

    def _items(self, offset: int) -> Iterator[tuple[Step, int, int]]:
        """The members of the object or array at ``offset``: (key or index, offset of the key,
        offset of the value).
        """
        opening = self._text[offset]
        if opening not in "{[":
            return
        at, index = self._skip_blank(offset + 1), 0
        while self._text[at] not in "}]":
            step, value_at = self._key(at) if opening == "{" else (index, at)
            yield step, at, value_at
            at = self._skip_blank(DECODER.raw_decode(self._text, value_at)[1])
            index += 1
            if self._text[at] == ",":
                at = self._skip_blank(at + 1)

    def _key(self, at: int) -> tuple[str, int]:
        key, end = DECODER.raw_decode(self._text, at)
        colon = self._skip_blank(end)
        return key, self._skip_blank(colon + 1)

    def _skip_blank(self, at: int) -> int:
        found = BLANK.match(self._text, at)
        return found.end() if found else at
