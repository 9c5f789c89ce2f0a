"""Shrunk plans of what was found once: each fault of the core stays mended, and is still seen where
its fix is out.
"""

from __future__ import annotations

import pytest

from tests.simulation.hunt import Hunt, kept
from tests.simulation.switches import SWITCHES

# Which fix each of these needs; the others were faults of the code itself.
NEEDS = {
    "a-worker-dies-with-a-message-in-its-hands": ("holding", "has waited for"),
    "power-cuts-are-not-the-runs-doing": ("losses", "which is healthy, is failed"),
    "one-locked-row-costs-no-other-run-its-lease": ("skipping", "on an undisturbed"),
    "a-frozen-main-process-leaves-no-exclusive-body": ("switch", "overlap for"),
}


@pytest.mark.parametrize("name", kept())
def test_a_plan_that_was_kept_breaks_nothing(name: str) -> None:
    assert Hunt().play(kept()[name]).broken == []


@pytest.mark.parametrize("name", NEEDS)
def test_the_fault_is_seen_where_its_fix_is_taken_out(name: str) -> None:
    switch, told = NEEDS[name]
    broken = Hunt(switch).play(kept()[name]).broken
    assert any(told in one for one in broken), broken


def test_every_switch_has_a_plan_that_needs_it() -> None:
    assert {switch for switch, _ in NEEDS.values()} == SWITCHES.keys()
