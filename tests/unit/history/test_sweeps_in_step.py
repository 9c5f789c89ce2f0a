"""The sweeps keep little in mind as they go; they find what a look at all pairs finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.history import Invariant, PoolRow, check
from jobs.history.sweeps import HAIR
from tests.support.histories import at, attempt_row, history, run_row

# Starts and lengths in seconds; None is still at work.
INTERVALS = st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 30)), max_size=12)
Intervals = list[tuple[int, int | None]]


def is_at_work(start: int, length: int | None, moment: int) -> bool:
    """Whether what began at ``start`` clearly is, at a moment that is not before."""
    return length is None or at(start + length) > at(moment) + HAIR


def named(intervals: Intervals, invariant: Invariant, **fields: object) -> set[str]:
    """The runs that the check names, for attempts of these times in the order of their starts."""
    pools = [PoolRow("db", slots=2)]
    runs, attempts = [], []
    for number, (start, length) in enumerate(intervals, 1):
        open_run = (
            {"state": "running", "finished_at": None, "lease_expires_at": at(3600)}
            if length is None
            else {}
        )
        run = run_row(number, id=f"{number:02}", created_at=at(0), **open_run, **fields)
        over = {"ended": None, "outcome": ""} if length is None else {"ended": at(start + length)}
        runs.append(run)
        attempts.append(attempt_row(run, started=at(start), **over))
    return {
        one.run
        for one in check(history(*runs, attempts=attempts, pools=pools))
        if one.invariant == invariant
    }


@given(INTERVALS)
def test_exclusive_runs_are_named_exactly_where_an_earlier_one_was_at_work(
    intervals: Intervals,
) -> None:
    intervals.sort(key=lambda interval: interval[0])
    beside = {
        f"{place + 1:02}"
        for place, (start, _) in enumerate(intervals)
        if any(is_at_work(*earlier, start) for earlier in intervals[:place])
    }
    assert named(intervals, Invariant.EXCLUSIVE, exclusive=True) == beside


@given(INTERVALS)
def test_a_pool_is_over_full_exactly_where_more_were_at_work_than_it_has_slots(
    intervals: Intervals,
) -> None:
    intervals.sort(key=lambda interval: interval[0])
    over = {
        f"{place + 1:02}"
        for place, (start, _) in enumerate(intervals)
        if sum(is_at_work(*earlier, start) for earlier in intervals[:place]) >= 2
    }
    assert named(intervals, Invariant.POOL, pool="db") == over
