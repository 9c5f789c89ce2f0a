"""Printing: a table or a sheet for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_table(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Left-aligned columns under their names; "(none)" without rows."""
    lines = [[_text(row.get(column)) for column in columns] for row in rows]
    if not lines:
        return "(none)"
    table = [[column.replace("_", " ").upper() for column in columns], *lines]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def as_sheet(row: Row) -> str:
    """One field a line, the empty ones left out."""
    shown = {name: value for name, value in row.items() if value not in (None, "", [], {})}
    width = max(map(len, shown), default=0)
    return "\n".join(f"{name.ljust(width)}  {_text(value)}" for name, value in shown.items())


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
