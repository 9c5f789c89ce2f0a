"""Each promise, broken in real rows: the check names it, with the rows that prove it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobs.dispatch.occurrences import make_skip
from jobs.models import Leader, Loss, LostAttempt, Pool, Run, RunState
from tests.support.builders import make_leader, make_pool
from tests.support.recorded import (
    NOW,
    due,
    examined,
    minutely_job,
    named,
    record,
    record_all,
    record_attempt,
    record_beside,
)


def test_a_history_in_which_all_went_well_breaks_nothing() -> None:
    runs = record_all(minutely_job(max_retries=0, overlap_policy="skip"))
    report = examined()
    assert (report.violations, report.is_complete) == ([], True)
    assert (report.runs, report.attempts, report.occurrences) == (len(runs), len(runs), len(runs))


def test_an_occurrence_without_a_record_is_named() -> None:
    job = minutely_job()
    record_all(job, 4)
    (found,) = examined().violations
    assert (found.invariant, found.at, found.rows) == ("occurrences", due(4), (f"job {job.pk}",))


def test_occurrences_that_are_missing_at_both_ends_are_named() -> None:
    record_all(minutely_job(), 0, 1, 10)
    assert [(one.at, one.invariant) for one in examined().violations] == [
        (due(0), "occurrences"),
        (due(10), "occurrences"),
    ]


def test_two_records_of_one_occurrence_are_named() -> None:
    job = minutely_job()
    record_all(job)
    again = record(job, 4, occurrence_key=f"s:{due(4):%Y-%m-%dT%H:%M:%SZ}#2")
    record_attempt(again)
    (found,) = examined().violations
    assert (found.invariant, found.run) == ("occurrences", str(again.pk))
    assert len(found.rows) == 2


def test_a_record_of_a_moment_at_which_the_job_was_not_due_is_named() -> None:
    job = minutely_job()
    record_all(job)
    odd = record(job, 4, scheduled_for=due(4) + timedelta(seconds=30), occurrence_key="s:odd")
    Run.objects.filter(pk=odd.pk).update(occurrence_key=f"s:{odd.scheduled_for:%Y-%m-%dT%H:%M:%SZ}")
    record_attempt(odd)
    assert named(examined()) == [("occurrences", str(odd.pk))]


@pytest.mark.parametrize(("count", "expected"), [(3, 0), (2, 1), (4, 1)])
@pytest.mark.parametrize("kind", ["s", "d"])
def test_a_skipped_run_counts_what_was_due_in_its_range(
    count: int, expected: int, kind: str
) -> None:
    job = minutely_job()
    record_all(job, 3, 4, 5)
    skip = make_skip(job, due(3), due(5), count, now=due(6), reason="missed")
    skip.occurrence_key = f"{kind}{skip.occurrence_key[1:]}"
    skip.save(force_insert=True)
    assert named(examined()) == [("skips", str(skip.pk))] * expected


def test_two_attempts_that_succeeded_are_named() -> None:
    run = record(minutely_job(), 4, attempt=2, publish_count=2)
    late = run.scheduled_for + timedelta(seconds=20)
    record_attempt(run)
    record_attempt(
        run, 2, date_started=late, date_created=late, date_done=late + timedelta(seconds=5)
    )
    assert ("one success", str(run.pk)) in named(examined())


def test_an_attempt_that_is_not_there_is_named() -> None:
    run = record(minutely_job(), 4, attempt=2, publish_count=2)
    record_attempt(run, 2)
    assert ("attempts", str(run.pk)) in named(examined())


def test_attempts_of_one_run_that_overlap_are_named() -> None:
    run = record(minutely_job(), 4, attempt=2, publish_count=2, failures=1)
    record_attempt(run, 1, "failed")
    record_attempt(run, 2)
    assert ("attempts", str(run.pk)) in named(examined())


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"finished_at": None}, "succeeded"),
        ({"state": RunState.QUEUED}, "failed"),
        ({"state": RunState.FAILED, "error": "x"}, "succeeded"),
        ({}, "failed"),
        ({}, None),
    ],
)
def test_a_run_whose_end_does_not_go_with_its_last_attempt_is_named(
    fields: dict[str, Any], outcome: str
) -> None:
    run = record(minutely_job(), 4, **fields)
    record_attempt(run, 1, outcome)
    assert ("end", str(run.pk)) in named(examined())


def test_a_loss_that_is_counted_and_not_recorded_is_named() -> None:
    run = record(minutely_job(), 4, state=RunState.FAILED, error="x", losses=1, child_losses=1)
    record_attempt(run, 1, "lost")
    assert ("losses", str(run.pk)) in named(examined())
    told = {"worker": "w", "cause": Loss.CHILD, "heard_at": due(4), "lost_at": due(4)}
    LostAttempt.objects.create(run=run, attempt=1, **told)
    assert ("losses", str(run.pk)) not in named(examined())
    LostAttempt.objects.create(run=run, attempt=2, **told)
    assert ("losses", str(run.pk)) in named(examined())


def test_a_loss_that_is_recorded_and_not_counted_is_named() -> None:
    run = record(minutely_job(), 4)
    record_attempt(run)
    LostAttempt.objects.create(
        run=run, attempt=1, worker="w", cause=Loss.CHILD, heard_at=due(4), lost_at=due(4)
    )
    assert ("losses", str(run.pk)) in named(examined())


def test_a_run_that_failed_more_often_than_its_job_allows_is_named() -> None:
    run = record(minutely_job(max_retries=0), 4, state=RunState.FAILED, error="x", failures=2)
    record_attempt(run, 1, "failed")
    assert ("retries", str(run.pk)) in named(examined())


def test_a_running_run_without_a_lease_is_named() -> None:
    run = record(minutely_job(), 4, state=RunState.RUNNING, finished_at=None)
    record_attempt(run, 1, None)
    assert ("lease", str(run.pk)) in named(examined())


def test_a_lease_that_is_long_over_is_named_while_a_scheduler_leads() -> None:
    run = record(
        minutely_job(), 4, state=RunState.RUNNING, finished_at=None, lease_expires_at=due(5)
    )
    record_attempt(run, 1, None)
    assert ("lease", str(run.pk)) not in named(examined())
    make_leader(acquired_at=due(0), expires_at=NOW + timedelta(seconds=10))
    assert ("lease", str(run.pk)) in named(examined())
    Leader.objects.update(acquired_at=NOW)
    assert ("lease", str(run.pk)) not in named(examined())


def test_a_dead_letter_that_does_not_say_why_is_named() -> None:
    run = record(minutely_job(), 4, state=RunState.FAILED)
    record_attempt(run, 1, "failed")
    assert ("cause", str(run.pk)) in named(examined())


def test_exclusive_runs_that_overlapped_are_named_with_both_attempts() -> None:
    record_beside(minutely_job(overlap_policy="queue"), 4)
    assert examined().violations == []
    Run.objects.update(exclusive=True)
    (found,) = examined().violations
    assert (found.invariant, found.at) == ("exclusive", due(4) + timedelta(seconds=1))
    assert len(found.rows) == 4


def test_a_pool_that_held_more_runs_than_it_has_slots_is_named() -> None:
    make_pool("gpu", slots=1)
    record_beside(minutely_job(pool="gpu"), 4)
    assert examined().violations == []
    Pool.objects.update(created_at=due(0), updated_at=due(0))
    (found,) = examined().violations
    assert (found.invariant, "2 of 1 slots" in found.said) == ("pool", True)
