"""Ordering a backfill: every occurrence of a past range is written at once, blocked; cancelling
ends it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.access.actor import SYSTEM
from jobs.actions.runs.backfills import backfill_job, cancel_backfill, preview_backfill
from jobs.actions.runs.cancel import Cancelled
from jobs.errors import DomainError
from jobs.models import Backfill, BackfillState, Job, Run, RunState, Trigger
from jobs.queries.backfills import BackfillNotFound, backfills_of, find_backfill
from tests.support.builders import by, make_job, make_run

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def at(hour: int, minute: int = 0, *, day: int = 21) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def hourly(**fields: Any) -> Job:
    return make_job(**({"schedule": "0 * * * *", "created_at": at(0, day=1)} | fields))


def backfill(
    job: Job, start: datetime | None = None, end: datetime | None = None, **options: Any
) -> Backfill:
    return backfill_job(
        job, actor=by("ana"), now=NOW, start=start or at(8), end=end or at(11), **options
    )


def test_a_run_is_written_for_each_occurrence_and_waits_for_its_turn() -> None:
    ordered = backfill(
        hourly(params={"a": 1}), concurrency=2, newest_first=True, stop_on_failure=True
    )
    runs = list(Run.objects.order_by("scheduled_for"))
    assert [run.scheduled_for for run in runs] == [at(8), at(9), at(10)]
    assert {(run.state, run.trigger, run.backfill_id) for run in runs} == {
        ("blocked", Trigger.BACKFILL, ordered.pk)
    }
    assert {(run.available_at, run.created_at, run.exclusive) for run in runs} == {
        (NOW, NOW, False)
    }
    assert runs[0].occurrence_key == f"b:{ordered.pk}:2026-11-21T08:00:00Z"
    assert runs[0].params == {"a": 1}
    stored = Backfill.objects.get()
    assert (stored.total, stored.concurrency, stored.newest_first, stored.stop_on_failure) == (
        3,
        2,
        True,
        True,
    )
    assert (stored.created_by, stored.state, stored.finished_at) == (
        "ana",
        BackfillState.RUNNING,
        None,
    )


def test_the_range_includes_its_start_and_not_its_end() -> None:
    assert preview_backfill(hourly(), now=NOW, start=at(8), end=at(9)) == [at(8)]
    assert preview_backfill(hourly(), now=NOW, start=at(8, 1), end=at(9, 1)) == [at(9)]


def test_a_preview_writes_nothing() -> None:
    preview_backfill(hourly(), now=NOW, start=at(8), end=at(11))
    assert (Run.objects.count(), Backfill.objects.count()) == (0, 0)


def test_occurrences_that_ran_once_run_again_beside_their_first_record() -> None:
    job = hourly()
    make_run(
        job, scheduled_for=at(8), state=RunState.SUCCEEDED, occurrence_key="s:2026-11-21T08:00:00Z"
    )
    backfill(job)
    backfill(job)
    assert Run.objects.filter(scheduled_for=at(8)).count() == 3


@pytest.mark.parametrize("policy", ["skip", "queue", "cancel_running"])
def test_the_runs_of_a_job_that_runs_one_at_a_time_are_exclusive(policy: str) -> None:
    backfill(hourly(overlap_policy=policy))
    assert set(Run.objects.values_list("exclusive", flat=True)) == {True}


def test_a_paused_job_may_be_backfilled() -> None:
    assert backfill(hourly(enabled=False)).total == 3


def test_only_occurrences_within_the_jobs_window_count() -> None:
    job = hourly(starts_at=at(9), ends_at=at(10))
    assert preview_backfill(job, now=NOW, start=at(1), end=at(12)) == [at(9), at(10)]


def test_interval_schedules_count_from_their_anchor() -> None:
    job = make_job(schedule="@every 45m", starts_at=at(8, 10))
    assert preview_backfill(job, now=NOW, start=at(8), end=at(10)) == [
        at(8, 10),
        at(8, 55),
        at(9, 40),
    ]


@pytest.mark.parametrize(
    ("field", "start", "end", "options"),
    [
        ("to", at(8), NOW + timedelta(seconds=1), {}),
        ("from", at(9), at(9), {}),
        ("from", at(10), at(9), {}),
        ("from", at(8, 1), at(8, 59), {}),
        ("concurrency", at(8), at(11), {"concurrency": 0}),
        ("concurrency", at(8), at(11), {"concurrency": 1001}),
        ("concurrency", at(8), at(11), {"concurrency": True}),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(
    field: str, start: datetime, end: datetime, options: dict[str, Any]
) -> None:
    with pytest.raises(DomainError) as caught:
        backfill(hourly(), start, end, **options)
    assert caught.value.field == field
    assert (Run.objects.count(), Backfill.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"archived_at": NOW, "enabled": False}, "archived_at"),
        ({"task": "GoneTask"}, "task"),
        ({"task": "LogTask", "params": {"message": 1}}, "params"),
        ({"schedule": "@manual"}, "from"),
    ],
)
def test_a_job_that_cannot_run_then_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        backfill(hourly(**fields))
    assert caught.value.field == field
    assert not Backfill.objects.exists()


def test_a_range_of_more_than_10_000_occurrences_is_refused_with_an_end_that_is_not() -> None:
    job = make_job(schedule="* * * * *")
    with pytest.raises(DomainError, match="more than 10,000") as caught:
        backfill(job, at(0, day=1), at(0, day=20))
    assert (caught.value.field, caught.value.hint) == ("to", "try 2026-11-07T22:40:00Z")
    assert len(preview_backfill(job, now=NOW, start=at(0, day=1), end=at(22, 40, day=7))) == 10_000


def test_an_empty_range_says_when_the_next_occurrence_is() -> None:
    with pytest.raises(DomainError, match="the next one after it is 2026-11-21T09:00:00Z"):
        backfill(hourly(), at(8, 1), at(8, 59))


def test_cancelling_ends_what_waits_and_asks_what_runs_to_stop() -> None:
    ordered = backfill(hourly())
    first, second, third = Run.objects.order_by("scheduled_for")
    Run.objects.filter(pk=first.pk).update(state=RunState.RUNNING)
    Run.objects.filter(pk=second.pk).update(state=RunState.SUCCEEDED)
    assert cancel_backfill(ordered, actor=by("ben"), now=NOW) == Cancelled(cancelled=1, requested=1)
    assert (ordered.state, ordered.finished_at) == (BackfillState.CANCELLED, NOW)
    states = [Run.objects.get(pk=run.pk).state for run in (first, second, third)]
    assert states == ["running", "succeeded", "cancelled"]
    assert Run.objects.get(pk=first.pk).cancel_requested_at == NOW


def test_a_backfill_that_is_over_cannot_be_cancelled() -> None:
    ordered = backfill(hourly())
    cancel_backfill(ordered, actor=by("ben"), now=NOW)
    with pytest.raises(DomainError, match="has finished: cancelled") as caught:
        cancel_backfill(Backfill.objects.get(), actor=by("ben"), now=NOW)
    assert caught.value.field == "state"


def test_cancelling_a_backfill_leaves_other_runs_of_the_job_alone() -> None:
    job = hourly()
    other, ordered = make_run(job), backfill(job)
    cancel_backfill(ordered, actor=by("ben"), now=NOW)
    assert Run.objects.get(pk=other.pk).state == RunState.QUEUED


def test_how_far_a_backfill_is_costs_two_queries(django_assert_num_queries: Any) -> None:
    job = hourly()
    old, new = backfill(job), backfill(job, at(5), at(7))
    Run.objects.filter(backfill=new, scheduled_for=at(5)).update(state=RunState.FAILED)
    with django_assert_num_queries(2):
        progress = backfills_of(job)
    assert [(one.backfill, one.ended, one.runs) for one in progress] == [
        (new, 1, {"failed": 1, "blocked": 1}),
        (old, 0, {"blocked": 3}),
    ]


@pytest.mark.parametrize("wrong", ["", "nope", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_backfill_is_a_clear_error(wrong: str) -> None:
    with pytest.raises(BackfillNotFound):
        find_backfill(wrong, actor=SYSTEM)
