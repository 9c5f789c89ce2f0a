"""A traceback as one reads it: the frames of one's own code open, those of libraries folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

FRAME = re.compile(r'  File "(?P<path>[^"]+)", line \d+')
LIBRARY = re.compile(
    r"(site-packages|dist-packages|[/\\]lib[/\\]python3|<frozen "
    r"|[/\\]jobs[/\\](execution|lifecycle)[/\\])"
)


@dataclass(frozen=True)
class TracePart:
    """Neighbouring frames of one kind, or the lines around them; ``frames`` counts those of a
    library, else 0.
    """

    text: str
    frames: int = 0


@dataclass(frozen=True)
class Trace:
    """``error`` is its last line; ``text`` the whole, to copy."""

    text: str
    error: str
    parts: list[TracePart] = field(default_factory=list)


def trace(text: str) -> Trace:
    lines = text.rstrip("\n").split("\n")
    groups = groupby(_blocks(lines), key=lambda block: _is_library(block[0]))
    parts = [_part(is_library, list(blocks)) for is_library, blocks in groups]
    return Trace(
        text, next((line for line in reversed(lines) if line and line[0] != " "), ""), parts
    )


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """A frame with the lines that belong to it, or a line outside of all frames."""
    block: list[str] = []
    for line in lines:
        continues = block and FRAME.match(block[0]) and line.startswith("    ")
        if block and not continues:
            yield block
            block = []
        block.append(line)
    yield block


def _is_library(line: str) -> bool:
    frame = FRAME.match(line)
    return bool(frame and LIBRARY.search(frame["path"]))


def _part(is_library: bool, blocks: list[list[str]]) -> TracePart:
    text = "\n".join(line for block in blocks for line in block)
    return TracePart(text, len(blocks) if is_library else 0)
