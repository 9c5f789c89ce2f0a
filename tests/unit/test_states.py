"""The table of moves."""

from __future__ import annotations

from jobs.models.states import MOVES, RunState


def test_every_state_has_its_row_and_final_states_lead_nowhere() -> None:
    assert set(MOVES) == set(RunState)
    assert {state for state in RunState if state.is_final} == set(RunState.final())
    assert set(RunState.final()) | set(RunState.active()) == set(RunState)
    assert set(RunState.active()) == {RunState.BLOCKED, RunState.QUEUED, RunState.RUNNING}


def test_every_final_state_can_be_reached_from_queued() -> None:
    reached, frontier = set(), {RunState.QUEUED}
    while frontier:
        reached |= frontier
        frontier = {target for state in frontier for target in MOVES[state]} - reached
    assert set(RunState.final()) <= reached


def test_only_a_queued_run_can_start() -> None:
    assert RunState.before(RunState.RUNNING) == (RunState.QUEUED,)
