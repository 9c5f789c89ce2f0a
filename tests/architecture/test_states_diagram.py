"""The picture of a run's life in ARCHITECTURE.md is the table the code uses."""

from __future__ import annotations

import re
from pathlib import Path

from jobs.models.states import MOVES

ARCHITECTURE = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"


def test_the_diagram_shows_every_move_and_no_other() -> None:
    drawn = re.findall(r"^    (\w+) --> (\w+)$", ARCHITECTURE.read_text(), flags=re.MULTILINE)
    assert sorted(drawn) == sorted(
        (source.value, target.value) for source, targets in MOVES.items() for target in targets
    )
