"""The same plan gives the same history, to the byte, whoever plays it and whenever."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.simulation.plan import Fault, Plan, draw
from tests.simulation.system import simulate

FAULTS = (
    Fault(20.0, "kill main", "worker-1", 5.0, on="claiming"),
    Fault(40.0, "half open", "scheduler-1", 20.0),
    Fault(60.0, "lose answer", "worker-1", on="ending"),
    Fault(61.0, "double messages"),
    Fault(80.0, "run now", "brisk"),
    Fault(90.0, "power cut", "worker-1", 5.0),
)
ROOT = Path(__file__).parents[2]


def small() -> Plan:
    return replace(
        draw(9), jobs=("brisk", "flaky", "newest", "pooled"), workers=1, children=4, faults=FAULTS
    )


@cache
def known() -> list[str]:
    return simulate(small()).history


def test_a_plan_has_the_same_history_each_time() -> None:
    assert simulate(small()).history == known()
    assert len(known()) > 100


def test_it_has_the_same_history_in_another_process(tmp_path: Path) -> None:
    """Whose sets of texts are in another order, and whose clock is another."""
    path = tmp_path / "plan.json"
    path.write_text(small().text())
    env = {**os.environ, "PYTHONHASHSEED": "7", "DJANGO_SETTINGS_MODULE": "scheduler_site.settings"}
    command = [sys.executable, "-m", "tests.simulation", "--plan", str(path)]
    played = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert played.stdout.splitlines() == known(), played.stderr


def test_a_plan_is_read_back_as_it_was_written() -> None:
    assert Plan.read(draw(3).text()) == draw(3)


def test_other_dice_make_another_history() -> None:
    assert simulate(replace(small(), seed=10)).history != known()
