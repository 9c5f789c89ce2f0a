"""Who was at work beside whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from jobs.history import AttemptRow, History, Invariant, PoolRow, RunRow, Stretch, check
from tests.support.histories import BOUNDS, at, attempt_row, broken, history, run_row


def beside(
    *intervals: tuple[float, float | None], pools: tuple[PoolRow, ...] = (), **fields: Any
) -> History:
    """Runs due at noon that were at work at these seconds; without an end they still are."""
    runs: list[RunRow] = []
    attempts: list[AttemptRow] = []
    for number, (start, end) in enumerate(intervals, 1):
        state: dict[str, Any] = {
            "state": "running",
            "finished_at": None,
            "lease_expires_at": BOUNDS.now,
        }
        run = run_row(number, created_at=at(0), **((state if end is None else {}) | fields))
        over = {"ended": None, "outcome": ""} if end is None else {"ended": at(end)}
        runs.append(run)
        attempts.append(attempt_row(run, started=at(start), **over))
    return history(*runs, attempts=attempts, pools=pools)


def test_exclusive_runs_one_after_the_other_are_fine() -> None:
    assert check(beside((0, 10), (10, 20), (20, None), exclusive=True)) == []


def test_exclusive_runs_that_overlapped_are_named_together() -> None:
    (found,) = check(beside((0, 10), (9, 20), exclusive=True))
    assert (found.invariant, found.run, found.at) == (Invariant.EXCLUSIVE, "run-2", at(9))
    assert found.rows == ("run run-2", "attempt run-2.1", "run run-1", "attempt run-1.1")


def test_a_run_that_is_still_at_work_is_beside_all_that_began_since() -> None:
    assert broken(beside((0, None), (50, 60), (70, 80), exclusive=True)) == [
        (Invariant.EXCLUSIVE, "run-2"),
        (Invariant.EXCLUSIVE, "run-3"),
    ]


def test_a_long_run_is_not_forgotten_for_a_short_one_beside_it() -> None:
    found = broken(beside((0, 100), (10, 20), (50, 60), exclusive=True))
    assert found == [(Invariant.EXCLUSIVE, "run-2"), (Invariant.EXCLUSIVE, "run-3")]


def test_runs_that_may_overlap_do() -> None:
    assert check(beside((0, 10), (1, 11))) == []


def test_what_a_clock_that_is_being_corrected_makes_of_a_change_of_hands_is_no_overlap() -> None:
    assert check(beside((0, 10.05), (10, 20), exclusive=True)) == []


def test_runs_within_what_the_clock_went_back_over_are_not_judged() -> None:
    found = beside((0, 10), (5, 15), exclusive=True)
    stepped = replace(BOUNDS, lived_twice=[Stretch(at(4), at(20))])
    assert check(replace(found, bounds=stepped)) == []


def test_a_pool_holds_as_many_runs_as_it_has_slots() -> None:
    pool = PoolRow("db", slots=2)
    assert check(beside((0, 10), (1, 11), (10, 20), pools=(pool,), pool="db")) == []
    assert broken(beside((0, 10), (1, 11), (9, 20), pools=(pool,), pool="db")) == [
        (Invariant.POOL, "run-3")
    ]


def test_a_pool_holds_as_much_of_a_resource_as_it_has() -> None:
    pool = PoolRow("db", cpu=3, memory=100)
    (found,) = check(beside((0, 10), (1, 11), pools=(pool,), pool="db", cpu=2, memory=50))
    assert "4 of 3 cpu" in found.said


def test_a_limit_that_sank_counts_for_runs_that_were_written_after_it() -> None:
    sank = (PoolRow("db", until=at(100), slots=2), PoolRow("db", since=at(100), slots=1))
    before = beside((90, 200), (110, 190), pools=sank, pool="db")
    assert check(before) == []
    late = [replace(run, created_at=at(105)) for run in before.runs]
    assert broken(replace(before, runs=late)) == [(Invariant.POOL, "run-2")]


def test_nothing_limits_a_pool_that_is_not_there() -> None:
    assert check(beside((0, 10), (1, 11), pools=(PoolRow("other", slots=1),), pool="db")) == []
    made_later = (PoolRow("db", until=at(5)), PoolRow("db", since=at(5), slots=1))
    assert check(beside((0, 10), (6, 11), pools=made_later, pool="db")) == []


def test_the_attempts_of_one_run_take_one_slot() -> None:
    run = run_row(attempts=2, losses=1, losses_by_cause=0, pool="db")
    lost = attempt_row(run, 1, outcome="lost", ended=at(500))
    found = history(run, attempts=[lost, attempt_row(run, 2)], pools=(PoolRow("db", slots=1),))
    assert check(found) == []
