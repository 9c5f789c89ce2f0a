"""A schedule file as TOML: plain values, and the line of each table and key of ours."""

from __future__ import annotations

import math
import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from jobs.importers.contents.base import Content, Place
from jobs.importers.files.positions import JsonPath
from jobs.importers.files.problems import UnreadableFile
from jobs.moments import iso

MOST_CHARACTERS = 4_000_000
TABLE = re.compile(r"[ \t]*\[\[[ \t]*(?P<name>\w+)[ \t]*\]\]")
WITHIN = re.compile(r"[ \t]*\[[ \t]*\w+(?P<keys>(?:[ \t]*\.[ \t]*\w+)+)[ \t]*\]")
KEY = re.compile(r"""[ \t]*["']?(?P<name>[\w$-]+)["']?[ \t]*(?:=|\.)""")
LONG_TEXT = re.compile(r'"""[\s\S]*?"""|' + r"'''[\s\S]*?'''")
AT = re.compile(r" \(at line (\d+), column (\d+)\)$")


class TomlText(Content):
    """``[[jobs]]`` tables as the list ``jobs``. Raises UnreadableFile."""

    kind = "json"

    def __init__(self, text: str) -> None:
        if len(text) > MOST_CHARACTERS:
            raise UnreadableFile("is too long for TOML", hint="write it as JSON")
        try:
            read = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            raise _unreadable(error) from None
        super().__init__(_plain(read))
        self._lines = _lines_of(text)

    def position(self, path: JsonPath) -> Place:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1), 1


def _plain(value: Any) -> Any:
    """As JSON has it; dates and times are the texts that they were."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return iso(value) if value.tzinfo else str(value).replace(" ", "T")
    if isinstance(value, date | time):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise UnreadableFile(f"{value} is not a number that a job can have")
    return value


def _lines_of(text: str) -> dict[JsonPath, int]:
    """The lines of tables, their keys and the keys of tables within them."""
    lines: dict[JsonPath, int] = {}
    counts: dict[str, int] = {}
    here: JsonPath = ()
    blanked = LONG_TEXT.sub(lambda found: "\n" * found[0].count("\n"), text)
    for number, line in enumerate(blanked.split("\n"), start=1):
        if table := TABLE.match(line):
            name = table["name"]
            here = (name, counts.get(name, 0))
            counts[name] = here[1] + 1
            lines[here] = number
        elif within := WITHIN.match(line):
            keys = [key.strip() for key in within["keys"].split(".") if key.strip()]
            lines[*here[:2], *keys] = number
        elif key := KEY.match(line):
            lines.setdefault((*here, key["name"]), number)
    return lines


def _unreadable(error: Exception) -> UnreadableFile:
    text = str(error)
    place = AT.search(text)
    line, column = (int(place[1]), int(place[2])) if place else (0, 0)
    told = AT.sub("", text).removesuffix(" (at end of document)")
    return UnreadableFile(f"is not TOML: {told[:1].lower()}{told[1:200]}", line=line, column=column)
