"""Planning: due jobs become runs, once each, whoever plans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from jobs.models import Job, JobState, Run, RunState
from jobs.scheduler.planner import next_due, plan_due
from tests.support.builders import make_job
from tests.support.threads import at_once

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def minutely(**fields: object) -> Job:
    with time_machine.travel(NOON - timedelta(seconds=30), tick=False):
        return make_job(**({"schedule": "* * * * *"} | fields))


def test_a_due_job_becomes_one_queued_run_with_a_snapshot() -> None:
    job = minutely(params={"message": "hello"}, task="LogTask", queue="mail", priority=10)
    assert plan_due(now=NOON) == 1
    run = Run.objects.get()
    assert (run.job_id, run.state, run.scheduled_for, run.published_at) == (
        job.pk,
        RunState.QUEUED,
        NOON,
        None,
    )
    assert (run.task, run.params, run.queue, run.priority) == (
        "LogTask",
        {"message": "hello"},
        "mail",
        10,
    )
    assert run.rank_at == NOON - timedelta(minutes=100)


def test_planning_advances_the_state_from_the_scheduled_time_not_from_now() -> None:
    job = minutely()
    plan_due(now=NOON + timedelta(seconds=20))
    state = JobState.objects.get(job=job)
    assert (state.last_scheduled_for, state.next_run_at) == (NOON, NOON + timedelta(minutes=1))


def test_planning_twice_writes_nothing_twice() -> None:
    minutely()
    plan_due(now=NOON)
    assert plan_due(now=NOON) == 0
    assert Run.objects.count() == 1


def test_an_occurrence_already_recorded_is_not_written_again_even_if_the_state_went_back() -> None:
    job = minutely()
    plan_due(now=NOON)
    JobState.objects.filter(job=job).update(next_run_at=NOON)
    plan_due(now=NOON)
    assert Run.objects.count() == 1


def test_an_occurrence_whose_run_was_pruned_is_not_opened_again() -> None:
    job = minutely()
    plan_due(now=NOON)
    Run.objects.all().delete()
    JobState.objects.filter(job=job).update(next_run_at=NOON - timedelta(minutes=3))
    plan_due(now=NOON + timedelta(seconds=10))
    assert not Run.objects.exists()
    state = JobState.objects.get(job=job)
    assert (state.last_scheduled_for, state.next_run_at) == (NOON, NOON + timedelta(minutes=1))


def test_of_a_range_that_went_back_only_what_is_not_accounted_for_is_written() -> None:
    job = minutely()
    plan_due(now=NOON)
    Run.objects.all().delete()
    JobState.objects.filter(job=job).update(next_run_at=NOON - timedelta(minutes=3))
    plan_due(now=NOON + timedelta(minutes=1))
    assert [run.scheduled_for for run in Run.objects.all()] == [NOON + timedelta(minutes=1)]


def test_a_paused_job_is_not_planned() -> None:
    minutely(enabled=False)
    assert plan_due(now=NOON + timedelta(hours=1)) == 0


def test_a_pause_written_behind_save_is_seen_when_the_job_is_due() -> None:
    job = minutely()
    Job.objects.filter(pk=job.pk).update(enabled=False)
    plan_due(now=NOON)
    assert not Run.objects.exists()
    assert JobState.objects.get(job=job).next_run_at is None


def test_a_broken_job_is_parked_with_its_error_and_the_others_go_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken, sound = minutely(name="broken"), minutely(name="sound")
    JobState.objects.filter(job=broken).update(rule_key="something else")
    Job.objects.filter(pk=broken.pk).update(schedule="* * * * 99")
    plan_due(now=NOON)
    assert list(Run.objects.values_list("job_id", flat=True)) == [sound.pk]
    state = JobState.objects.get(job=broken)
    assert state.next_run_at is None
    assert "day-of-week" in state.schedule_error


def test_a_short_stop_is_caught_up_with_every_occurrence() -> None:
    minutely(schedule="*/10 * * * * *")
    plan_due(now=NOON + timedelta(seconds=50))
    moments = list(Run.objects.order_by("scheduled_for").values_list("scheduled_for", flat=True))
    assert moments[-6:] == [NOON + timedelta(seconds=s) for s in range(0, 60, 10)]


@pytest.mark.parametrize(
    ("policy", "runs", "skipped"), [("skip", 1, 50), ("latest", 1, 50), ("all", 51, 0)]
)
def test_a_long_stop_follows_the_misfire_policy_and_accounts_for_every_occurrence(
    policy: str, runs: int, skipped: int
) -> None:
    minutely(misfire_policy=policy)
    plan_due(now=NOON + timedelta(minutes=50))
    assert Run.objects.filter(state=RunState.QUEUED).count() == runs
    rows = Run.objects.filter(state=RunState.SKIPPED)
    assert sum(row.skipped_count for row in rows) == skipped
    assert len(rows) <= 1


def test_a_month_of_silence_is_accounted_for_in_few_rows() -> None:
    minutely()
    while plan_due(now=NOON + timedelta(days=30)):
        pass
    rows = list(Run.objects.all())
    assert len(rows) <= 3
    assert sum(row.skipped_count or 1 for row in rows) == 30 * 24 * 60 + 1


def test_jitter_moves_when_a_run_is_available_never_what_it_is_scheduled_for() -> None:
    minutely(jitter_seconds=300)
    plan_due(now=NOON)
    run = Run.objects.get()
    assert run.scheduled_for == NOON
    assert timedelta(0) <= run.available_at - NOON < timedelta(seconds=300)


def test_a_one_off_is_planned_once_and_never_again() -> None:
    job = minutely(schedule="2027-03-01T12:00:00Z")
    plan_due(now=NOON)
    assert Run.objects.count() == 1
    assert JobState.objects.get(job=job).next_run_at is None


def test_several_planners_at_once_write_each_occurrence_once() -> None:
    for _ in range(60):
        minutely()
    for _ in range(3):
        at_once([lambda: plan_due(now=NOON)] * 3)
    assert Run.objects.count() == 60
    assert not JobState.objects.filter(next_run_at__lte=NOON).exists()


def test_a_planner_does_not_wait_for_rows_that_another_one_holds() -> None:
    if connection.vendor == "sqlite":
        return  # one writer at a time: there is nothing to skip
    held, free = minutely(), minutely()
    with transaction.atomic():
        JobState.objects.lock(held)
        (planned,) = at_once([lambda: plan_due(now=NOON)])
    assert planned == 1
    assert Run.objects.get().job_id == free.pk


def test_the_next_due_moment_comes_with_the_databases_time() -> None:
    assert next_due()[0] is None
    minutely(schedule="0 0 1 1 *")
    due, now = next_due()
    assert due is not None
    assert due.astimezone(UTC).month == 1
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
