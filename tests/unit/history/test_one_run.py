"""What is checked of each run by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jobs.history import Invariant, LossRow, Stretch, check
from tests.support.histories import BOUNDS, JOB, at, attempt_row, broken, history, run_row


def test_a_run_that_succeeded_at_its_first_attempt_breaks_nothing() -> None:
    assert check(history(run_row())) == []


def test_two_attempts_that_succeeded_are_one_too_many() -> None:
    run = run_row(attempts=2)
    (found,) = check(history(run, attempts=[attempt_row(run, 1), attempt_row(run, 2)]))
    assert found.invariant == Invariant.SUCCESS
    assert found.rows == ("run run-1", "attempt run-1.1", "attempt run-1.2")


@pytest.mark.parametrize("numbers", [[], [1], [1, 3], [1, 2, 3], [1, 1]])
def test_attempts_are_numbered_without_gaps_up_to_the_runs_own_count(numbers: list[int]) -> None:
    run = run_row(attempts=2, state="failed", failures=2, has_cause=True)
    attempts = [
        attempt_row(run, number, id=f"a{place}", outcome="failed")
        for place, number in enumerate(numbers)
    ]
    assert (Invariant.ATTEMPTS, run.id) in broken(history(run, attempts=attempts))


def test_an_attempt_that_began_before_the_one_before_it_had_ended_is_named() -> None:
    run = run_row(attempts=2, failures=1)
    first = attempt_row(run, 1, outcome="failed", ended=at(100))
    assert broken(history(run, attempts=[first, attempt_row(run, 2)])) == [
        (Invariant.ATTEMPTS, run.id)
    ]


def test_an_attempt_that_never_ended_is_named_when_another_follows() -> None:
    run = run_row(attempts=2)
    first = attempt_row(run, 1, outcome="", ended=None)
    found = broken(history(run, attempts=[first, attempt_row(run, 2)]))
    assert found == [(Invariant.END, run.id), (Invariant.ATTEMPTS, run.id)]


def test_a_body_that_was_frozen_while_its_run_was_taken_away_may_end_beside_the_next() -> None:
    run = run_row(attempts=2, losses=1, losses_by_cause=1)
    first = attempt_row(run, 1, outcome="lost", ended=at(500))
    losses = [LossRow(run.id, 1, "lease", at(80))]
    assert check(history(run, attempts=[first, attempt_row(run, 2)], losses=losses)) == []


def test_attempts_whose_order_the_clock_cannot_tell_are_not_judged() -> None:
    run = run_row(attempts=2, failures=1)
    first = attempt_row(run, 1, outcome="failed", ended=at(100))
    found = history(run, attempts=[first, attempt_row(run, 2)])
    stepped = replace(BOUNDS, lived_twice=[Stretch(at(50), at(200))])
    assert check(replace(found, bounds=stepped)) == []


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("succeeded", "failed"), ("succeeded", ""), ("failed", "succeeded"),
        ("failed", "timed_out"),
        ("timed_out", "failed"), ("cancelled", "succeeded"), ("cancelled", ""),
    ],
)  # fmt: skip
def test_a_run_and_its_last_attempt_agree(state: str, outcome: str) -> None:
    run = run_row(state=state, failures=1, has_cause=True)
    assert broken(history(run, attempts=[attempt_row(run, outcome=outcome)])) == [
        (Invariant.END, run.id)
    ]


@pytest.mark.parametrize(
    "fields", [{"finished_at": None}, {"state": "queued"}, {"attempts": 0, "state": "timed_out"}]
)
def test_a_run_has_an_end_if_it_is_over_and_only_then(fields: dict[str, Any]) -> None:
    run = run_row(has_cause=True, **fields)
    attempts = [
        attempt_row(run, outcome="failed" if run.state == "queued" else "succeeded")
    ] * run.attempts
    assert broken(history(run, attempts=attempts)) == [(Invariant.END, run.id)]


def test_a_waiting_run_whose_attempt_succeeded_is_named() -> None:
    run = run_row(state="queued", finished_at=None)
    assert broken(history(run)) == [(Invariant.END, run.id)]


@pytest.mark.parametrize(
    ("counted", "by_cause", "noted"),
    [(0, 0, []), (1, 0, [1]), (1, 1, []), (1, 1, [2]), (1, 2, [1, 1])],
)
def test_losses_are_counted_and_recorded_alike(
    counted: int, by_cause: int, noted: list[int]
) -> None:
    run = run_row(attempts=2, losses=counted, losses_by_cause=by_cause)
    attempts = [attempt_row(run, 1, outcome="lost"), attempt_row(run, 2)]
    losses = [LossRow(run.id, number, "worker", at(80)) for number in noted]
    assert {
        invariant for invariant, _ in broken(history(run, attempts=attempts, losses=losses))
    } == {Invariant.LOSSES}


def test_losses_from_before_their_causes_were_kept_are_fine() -> None:
    run = run_row(attempts=2, losses=1)
    assert (
        check(history(run, attempts=[attempt_row(run, 1, outcome="lost"), attempt_row(run, 2)]))
        == []
    )


def test_a_run_fails_no_more_often_than_its_job_allows() -> None:
    run = run_row(state="failed", attempts=4, failures=4, has_cause=True)
    attempts = [attempt_row(run, number, outcome="failed") for number in range(1, 5)]
    found = history(run, attempts=attempts)
    assert broken(found) == [(Invariant.RETRIES, run.id)]
    assert check(replace(found, jobs=[replace(JOB, max_retries=3)])) == []
    assert check(replace(found, jobs=[replace(JOB, max_retries=None)])) == []
    assert check(replace(found, jobs=[replace(JOB, unchanged_since=at(3000))])) == []


def test_a_running_run_has_a_lease_that_is_not_long_over() -> None:
    run = run_row(state="running", finished_at=None)
    open_attempt = [attempt_row(run, ended=None, outcome="")]
    leased = replace(run, lease_expires_at=at(3500))
    assert broken(history(run, attempts=open_attempt)) == [(Invariant.LEASE, run.id)]
    assert broken(history(replace(leased, lease_expires_at=at(3400)), attempts=open_attempt)) == [
        (Invariant.LEASE, run.id)
    ]
    assert check(history(leased, attempts=open_attempt)) == []


def test_a_lease_that_nobody_was_there_to_recover_is_not_held_against_anybody() -> None:
    run = run_row(state="running", finished_at=None, lease_expires_at=at(100))
    found = history(run, attempts=[attempt_row(run, ended=None, outcome="")])
    assert check(replace(found, bounds=replace(BOUNDS, leaseless_after=None))) == []


def test_a_dead_letter_says_why() -> None:
    run = run_row(state="failed", failures=1)
    found = history(run, attempts=[attempt_row(run, outcome="failed")])
    assert broken(found) == [(Invariant.CAUSE, run.id)]
    assert check(replace(found, runs=[replace(run, is_resolved=True)])) == []
    assert check(replace(found, runs=[replace(run, has_cause=True)])) == []
