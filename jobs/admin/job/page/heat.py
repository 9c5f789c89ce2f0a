"""Ninety days of a job as a grid of weeks: how many runs succeeded, how long they took, or how many
were late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from jobs.admin.look.times import NONE
from jobs.models import JobDay
from jobs.words import duration

DAYS = 90
STEP, SIZE = 18, 15
LEVELS = 4
# What a day shows, and how to read it.
KINDS = {
    "success": "Green: all succeeded. Crossed: some failed; the redder, the more. Empty: no "
    "run finished.",
    "duration": "Darker means a longer median duration.",
    "late": "Darker means that more runs started late.",
}


@dataclass(frozen=True)
class Cell:
    """One day.

    ``level`` 0 is a day on which nothing of the kind happened, 4 the darkest; ``mark`` is drawn on
    it.
    """

    day: date
    label: str
    tone: str
    level: int
    x: int
    y: int
    mark: str


@dataclass(frozen=True)
class DayRow:
    """The same numbers for the table."""

    day: date
    ok: int
    failed: int
    skipped: int
    cancelled: int
    took: str
    late: int
    retries: int


@dataclass(frozen=True)
class Heat:
    kind: str
    kinds: Sequence[str]
    key: str
    cells: list[Cell]
    rows: list[DayRow]
    width: int
    height: int = 7 * STEP


def heat(days: Sequence[JobDay], kind: str) -> Heat:
    """``days`` follow each other, the oldest first; the newest ones that count are the first rows
    of the table.
    """
    kind = kind if kind in KINDS else "success"
    most = max((_value(kind, day) for day in days), default=0)
    first = days[0].day.weekday()
    cells = [cell(day, kind, most, first + index) for index, day in enumerate(days)]
    rows = [day_row(day) for day in reversed(days) if ended(day)]
    return Heat(kind, list(KINDS), KINDS[kind], cells, rows, width=cells[-1].x + STEP)


def cell(day: JobDay, kind: str, most: int, place: int) -> Cell:
    tone, level = LOOKS[kind](day, most)
    x, y = STEP * (place // 7), STEP * (place % 7)
    failed = day.failed + day.timed_out
    mark = f"M{x + 4} {y + 4}l7 7m0 -7l-7 7" if kind == "success" and failed else ""
    return Cell(day.day, label(day), tone, level, x, y, mark)


def label(day: JobDay) -> str:
    if not ended(day):
        return f"{day.day:%a %d %b}: no run finished"
    row = day_row(day)
    parts = (
        (row.failed, "failed"),
        (row.skipped, "skipped"),
        (row.cancelled, "cancelled"),
        (row.late, "late"),
    )
    more = "".join(f", {count:,} {word}" for count, word in parts if count)
    took = f", p50 {row.took}" if row.took != NONE else ""
    return f"{day.day:%a %d %b}: {row.ok:,} succeeded{more}{took}"


def day_row(day: JobDay) -> DayRow:
    ms = day.duration_quantile_ms(0.5)
    return DayRow(
        day=day.day,
        ok=day.succeeded,
        failed=day.failed + day.timed_out,
        skipped=day.skipped,
        cancelled=day.cancelled,
        took=NONE if ms is None else duration(ms / 1_000),
        late=day.late,
        retries=day.retries,
    )


def ended(day: JobDay) -> int:
    return day.succeeded + day.failed + day.timed_out + day.skipped + day.cancelled


def _value(kind: str, day: JobDay) -> int:
    return {"success": 0, "late": day.late}.get(kind, day.duration_quantile_ms(0.5) or 0)


def _success(day: JobDay, most: int) -> tuple[str, int]:
    """Green where all succeeded, else the redder the more failed."""
    failed = day.failed + day.timed_out
    if not failed:
        return ("good", 3) if day.succeeded else ("neutral", 1 if ended(day) else 0)
    return "bad", max(1, round(LEVELS * failed / (failed + day.succeeded)))


def _share(tone: str, kind: str) -> Callable[[JobDay, int], tuple[str, int]]:
    def look(day: JobDay, most: int) -> tuple[str, int]:
        value = _value(kind, day)
        return tone, max(1, round(LEVELS * value / most)) if value else 0

    return look


LOOKS = {
    "success": _success,
    "duration": _share("info", "duration"),
    "late": _share("warn", "late"),
}
