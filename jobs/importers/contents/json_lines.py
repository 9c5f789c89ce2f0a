"""JSON lines, as ``dumpdata --format jsonl`` writes them: one value a line, read as one list."""

from __future__ import annotations

import re

from jobs.importers.contents.base import Place
from jobs.importers.contents.json_text import JsonText
from jobs.importers.files.positions import JsonPath

# A row that ends with its line, and another that begins on the next.
TWO_ROWS = re.compile(r'\s*+\{"(?:model|pk|fields)"[ \t]*:[^\n]*\}[ \t\r]*\n\s*\{')
BETWEEN_LINES = re.compile(r"(?<=\})[ \t\r]*\n(?=\s*\{)")


def is_json_lines(text: str) -> bool:
    return bool(TWO_ROWS.match(text))


class JsonLines(JsonText):
    """Raises UnreadableFile."""

    def __init__(self, text: str) -> None:
        super().__init__("[" + BETWEEN_LINES.sub(",\n", text) + "]")

    def position(self, path: JsonPath) -> Place:
        line, column = super().position(path)
        return line, column - (line == 1 and column > 1)
