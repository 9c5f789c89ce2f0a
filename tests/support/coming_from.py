"""The page that says row by row what becomes of the older systems: ``python -m
tests.support.coming_from`` writes it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TABLE = ROOT / "tests" / "acceptance" / "older" / "rows.toml"
PAGE = ROOT / "docs" / "explanation" / "coming-from.md"
BEGIN = "<!-- rows: python -m tests.support.coming_from -->"


@dataclass(frozen=True)
class Row:
    """What a system has and what one does here; ``tests`` are node ids, ``reason`` says why it does
    not apply.
    """

    system: str
    has: str
    here: str
    tests: tuple[str, ...]
    reason: str

    @property
    def state(self) -> str:
        return f"not applicable: {self.reason}" if self.reason else "works"


def all_rows() -> list[Row]:
    """Every row of the table, in its order."""
    table = tomllib.loads(TABLE.read_text())
    files = table["files"]
    return [
        _row(system["name"], row, files) for system in table["systems"] for row in system["rows"]
    ]


def _row(system: str, row: dict[str, Any], files: dict[str, str]) -> Row:
    named = (name.split("::") for name in row.get("tests", ()))
    tests = tuple(f"{files[file]}::test_{function}" for file, function in named)
    return Row(system, row["has"], row.get("here", ""), tests, row.get("reason", ""))


def written() -> str:
    """The rows as Markdown: a table for each system."""
    rows = all_rows()
    systems = list(dict.fromkeys(row.system for row in rows))
    return "\n".join(
        line
        for system in systems
        for line in _table(system, [row for row in rows if row.system == system])
    )


def _table(system: str, rows: list[Row]) -> list[str]:
    head = ["", f"## {system}", "", "| it has | here | state | shown by |", "|---|---|---|---|"]
    return head + [
        f"| {row.has} | {row.here or '–'} | {row.state} | {_links(row.tests) or '–'} |"
        for row in rows
    ]


def _links(tests: tuple[str, ...]) -> str:
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    return ", ".join(f"[{Path(file).stem.removeprefix('test_')}](../../{file})" for file in files)


def page() -> str:
    """The whole page, as it is to be."""
    before, mark, _ = PAGE.read_text().partition(BEGIN)
    return f"{before}{mark}\n{written()}\n"


if __name__ == "__main__":
    PAGE.write_text(page())
