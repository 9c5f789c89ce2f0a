"""A unit file of systemd: its sections and their settings, each with all of its values."""

from __future__ import annotations

import re
from typing import Any

from jobs.importers.contents.base import Content, Place
from jobs.importers.files.positions import JsonPath

BEGINS = re.compile(r"(?:[ \t]*(?:[#;][^\n]*)?\n)*\[(?:Unit|Timer|Service|Install)\][ \t\r]*\n")
SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
SETTING = re.compile(r"(?P<name>[A-Za-z]+)[ \t]*=[ \t]*(?P<value>.*)")


def is_unit(text: str) -> bool:
    return bool(BEGINS.match(text))


class UnitText(Content):
    """``value``: ``{"unit": {section: {setting: [values]}}}``; an empty value takes back those
    before it.
    """

    kind = "json"

    def __init__(self, text: str) -> None:
        sections: dict[str, dict[str, list[str]]] = {}
        self._lines: dict[tuple[Any, ...], int] = {}
        name = ""
        for number, line in _joined_lines(text):
            if found := SECTION.fullmatch(line):
                name = found["name"]
                self._lines.setdefault((name,), number)
            elif found := SETTING.fullmatch(line):
                values = sections.setdefault(name, {}).setdefault(found["name"], [])
                values[:] = [*values, found["value"].strip()] if found["value"].strip() else []
                self._lines[name, found["name"]] = number
        super().__init__({"unit": sections})

    def position(self, path: JsonPath) -> Place:
        steps = tuple(path[1:])
        while steps and steps not in self._lines:
            steps = steps[:-1]
        return self._lines.get(steps, 1), 1


def _joined_lines(text: str) -> list[tuple[int, str]]:
    """The lines with their numbers, a backslash at the end joining the next; comments and blanks
    are left out.
    """
    lines: list[tuple[int, str]] = []
    goes_on = False
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if goes_on:
            lines[-1] = (lines[-1][0], f"{lines[-1][1][:-1].rstrip()} {line}")
        else:
            lines.append((number, line))
        goes_on = line.endswith("\\")
    return lines
