"""How much a run must return at least: ``1 row``, ``500 rows`` or ``10 kB`` of its result."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jobs.errors import ScheduleError

RULE = "must be a number of rows or bytes of the result, such as 1 row, 500 rows or 10 kB"
_SIZE = re.compile(r"([0-9]{1,9})(rows?|b|kb|mb)", re.ASCII)
_BYTES = {"b": 1, "kb": 1_000, "mb": 1_000_000}


@dataclass(frozen=True)
class LeastOutput:
    """``unit``: row, or byte of the result as JSON."""

    number: int
    unit: str

    def shortfall(self, result: str | None) -> str:
        """What there is instead, in words: ``0 rows``; empty where the result (JSON text) is large
        enough.
        """
        found = _rows(result) if self.unit == "row" else _bytes(result)
        return "" if found >= self.number else _count(found, self.unit)

    def __str__(self) -> str:
        return _count(self.number, self.unit)


@lru_cache(maxsize=1024)
def parse_least_output(text: str) -> LeastOutput:
    """Raises ScheduleError."""
    size = _SIZE.fullmatch(text.replace(" ", "").replace(",", "").lower())
    if size is None or not int(size[1]):
        raise ScheduleError(RULE, field="least_output")
    number, unit = int(size[1]), size[2]
    return (
        LeastOutput(number, "row") if "row" in unit else LeastOutput(number * _BYTES[unit], "byte")
    )


def _rows(result: str | None) -> int:
    """The length of a list, or the number that an object has as ``rows``; nothing else has rows."""
    value = _value(result)
    rows = value.get("rows", 0) if isinstance(value, dict) else value
    if isinstance(rows, list):
        return len(rows)
    return rows if isinstance(rows, int) and not isinstance(rows, bool) else 0


def _bytes(result: str | None) -> int:
    """Of a result that was too large to keep, as many as it had; ``null`` is nothing."""
    value = _value(result)
    if isinstance(value, dict) and value.get("truncated") is True:
        return int(value.get("bytes", 0))
    return 0 if value is None else len((result or "").encode())


def _value(result: str | None) -> Any:
    try:
        return json.loads(result or "null")
    except (ValueError, RecursionError):
        return result


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
