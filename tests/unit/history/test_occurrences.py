"""Each due moment has its own run, or is counted by a skipped one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from jobs.history import Expected, History, Invariant, RunRow, Stretch, check
from tests.support.histories import JOB, at, broken, history, run_row

MINUTES = range(1, 11)


def minutely(*runs: RunRow, **fields: Any) -> History:
    """A job that was due each minute of the first ten, and these records of it."""
    due = Expected(JOB.id, Stretch(at(60), at(600)), [at(60 * minute) for minute in MINUTES])
    return history(*runs, expected=[replace(due, **fields)])


def records(*minutes: int) -> list[RunRow]:
    return [run_row(minute) for minute in minutes]


def skip(first: int, last: int, count: int, **fields: Any) -> RunRow:
    counted = {"skipped_until": at(60 * last), "skipped_count": count}
    return run_row(first, id=f"skip-{first}", state="skipped", attempts=0, **counted, **fields)


def test_a_run_for_each_moment_accounts_for_all() -> None:
    assert check(minutely(*records(*MINUTES))) == []


@pytest.mark.parametrize(
    ("there", "first", "told"),
    [
        ([1, 2, 4, 5, 6, 7, 8, 9, 10], 3, "no record of that"),
        ([4, 5, 6, 7, 8, 9, 10], 1, "nor for the 2 after it"),
        ([1, 2, 3], 4, "nor for the 6 after it"),
    ],
)
def test_moments_without_a_record_are_named_once_a_gap(
    there: list[int], first: int, told: str
) -> None:
    (found,) = check(minutely(*records(*there)))
    assert (found.invariant, found.at) == (Invariant.OCCURRENCES, at(60 * first))
    assert told in found.said
    assert found.rows == ("job job-1",)


def test_a_second_record_of_one_moment_is_named_with_the_first() -> None:
    (found,) = check(minutely(*records(*MINUTES), run_row(3, id="again")))
    assert found.rows == ("run run-3", "run again")


def test_a_record_that_a_skipped_run_counts_as_well_is_a_second_one() -> None:
    (found,) = check(minutely(skip(1, 9, 9), *records(5, 10)))
    assert (found.invariant, found.run) == (Invariant.OCCURRENCES, "run-5")


def test_a_record_of_a_moment_that_was_not_due_is_named() -> None:
    odd = run_row(3, id="odd", scheduled_for=at(200))
    assert broken(minutely(*records(*MINUTES), odd)) == [(Invariant.OCCURRENCES, "odd")]


def test_a_skipped_run_answers_for_the_moments_that_it_counts() -> None:
    assert check(minutely(skip(1, 8, 8), *records(9, 10))) == []


@pytest.mark.parametrize("count", [1, 7, 9])
def test_a_skipped_run_that_counts_more_or_less_than_was_due_is_named(count: int) -> None:
    (found,) = check(minutely(skip(1, 8, count), *records(9, 10)))
    assert (found.invariant, found.run) == (Invariant.SKIPS, "skip-1")


def test_a_skipped_run_that_stopped_counting_answers_for_its_whole_range() -> None:
    assert check(minutely(skip(1, 8, 3, is_counted_out=False), *records(9, 10))) == []


def test_a_run_that_the_overlap_policy_skipped_answers_for_its_own_moment() -> None:
    skipped = run_row(4, state="skipped", attempts=0)
    assert check(minutely(*records(1, 2, 3, 5, 6, 7, 8, 9, 10), skipped)) == []


def test_a_skipped_range_that_reaches_out_of_the_stretch_is_not_counted_up() -> None:
    around = [skip(-5, 2, 8), *records(3, 4, 5, 6, 7, 8), skip(9, 30, 22)]
    assert check(minutely(*around)) == []


def test_what_lies_outside_of_the_stretch_is_not_judged() -> None:
    assert check(minutely(*records(-3, *MINUTES, 12))) == []


def test_a_run_that_somebody_deleted_is_not_missing() -> None:
    deleted: frozenset[datetime] = frozenset({at(180)})
    assert check(minutely(*records(1, 2, 4, 5, 6, 7, 8, 9, 10), forgiven=deleted)) == []


def test_runs_that_people_asked_for_answer_for_no_moment() -> None:
    asked = run_row(3, id="asked", trigger="manual")
    assert check(minutely(*records(*MINUTES), asked)) == []
