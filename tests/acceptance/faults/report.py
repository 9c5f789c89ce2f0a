"""The summary table: one row a scenario and database, on the terminal, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.acceptance.faults.plan import PLAN

BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"


@dataclass(frozen=True)
class Row:
    """What came out of one scenario on one database."""

    number: int
    database: str
    figure: str
    verdict: str
    seconds: float
    seed: int

    @property
    def order(self) -> tuple[int, str]:
        return self.number, self.database


def as_text(rows: Sequence[Row]) -> list[str]:
    """One line a row, for a terminal."""
    lines = [f"{'#':>3} {'database':<11}{'verdict':<8}{'s':>6}  figure  (bar)"]
    for row in rows:
        bar = PLAN[row.number].bar
        lines.append(
            f"{row.number:>3} {row.database:<11}{row.verdict:<8}{row.seconds:>6.1f}  "
            f"{row.figure}  ({bar})"
        )
    return lines


def as_markdown(rows: Sequence[Row]) -> str:
    """The table of the reference page."""
    lines = [
        "| # | scenario | database | measured | passes when | verdict | stock Celery |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        planned = PLAN[row.number]
        database = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[row.database]
        cells = [
            str(row.number),
            planned.title,
            database,
            row.figure,
            planned.bar,
            row.verdict,
            planned.vanilla,
        ]
        lines.append(
            "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
        )
    return "\n".join(lines) + "\n"


def as_json(rows: Sequence[Row]) -> str:
    return (
        json.dumps([asdict(row) | {"bar": PLAN[row.number].bar} for row in rows], indent=2) + "\n"
    )


def replace_table(page: Path, table: str) -> None:
    """Put the table between the two marks of ``page``."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{table}{END}{after}")
