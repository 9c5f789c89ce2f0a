"""What is old enough goes, with all that belongs to it; what is kept, is kept for a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.maintenance.retention import Retention, jobs, runs
from jobs.models import (
    Alert,
    Backfill,
    BackfillState,
    HourStat,
    Job,
    JobDay,
    JobState,
    Loss,
    LostAttempt,
    MinuteStat,
    Run,
    RunLog,
    RunState,
    SecretUse,
    Worker,
)  # fmt: skip
from jobs.scheduler.planner import plan_due
from tests.support.builders import make_job, make_run, make_secret, make_worker
from tests.support.threads import at_once

NOW = timezone.now()


def prune(days: float, service: Retention | None = None) -> dict[str, int]:
    return (service or Retention()).run_once(now=NOW + timedelta(days=days))


def make_ended(job: Job | None = None, **fields: Any) -> Run:
    defaults = {"state": RunState.SUCCEEDED, "started_at": NOW, "finished_at": NOW}
    return make_run(job or make_job(schedule="@manual"), **(defaults | fields))


def with_attempts(run: Run, *publishes: int) -> Run:
    Run.objects.filter(pk=run.pk).update(publish_count=max(publishes), attempt=len(publishes))
    for number in publishes:
        TaskResult.objects.create(task_id=f"{run.pk}.{number}", status="SUCCESS")
        RunLog.objects.create(run=run, attempt=number, seq=1, text="x", created_at=NOW)
        RunLog.objects.create(run=run, attempt=number, seq=2, text="y", created_at=NOW)
    return run


def test_a_run_goes_after_thirty_days_with_its_attempts_and_logs() -> None:
    with_attempts(make_ended(), 1, 3)
    assert prune(29.9)["runs"] == 0
    counts = prune(30.1)
    assert (counts["runs"], counts["attempts"], counts["logs"]) == (1, 2, 4)
    assert [model.objects.count() for model in (Run, TaskResult, RunLog)] == [0, 0, 0]


def test_what_belongs_to_others_stays() -> None:
    with_attempts(make_ended(), 1)
    kept = with_attempts(make_ended(finished_at=NOW + timedelta(days=5)), 1)
    TaskResult.objects.create(task_id="a plain task", status="SUCCESS", periodic_task_name="row")
    prune(31)
    assert list(Run.objects.all()) == [kept]
    assert set(TaskResult.objects.values_list("task_id", flat=True)) == {
        f"{kept.pk}.1",
        "a plain task",
    }
    assert RunLog.objects.count() == 2


@pytest.mark.parametrize("state", RunState.active())
def test_a_run_that_is_not_over_is_never_too_old(state: RunState) -> None:
    make_run(state=state)
    prune(10_000)
    assert Run.objects.count() == 1


def test_skipped_runs_go_like_all_others() -> None:
    make_ended(state=RunState.SKIPPED, reason="overlap")
    assert prune(31)["runs"] == 1


@pytest.mark.parametrize(("own", "goes_after"), [(1, 1), (90, 90)])
def test_a_job_keeps_its_runs_for_a_time_of_its_own(own: int, goes_after: int) -> None:
    job = make_job(schedule="@manual", retention_days=own)
    make_ended(job)
    assert prune(goes_after - 0.1)["runs"] == 0
    assert prune(goes_after + 0.1)["runs"] == 1


def test_a_dead_letter_is_kept_four_times_as_long_unless_it_is_resolved() -> None:
    make_ended(state=RunState.FAILED)
    make_ended(state=RunState.TIMED_OUT, resolved_at=NOW)
    assert prune(31)["runs"] == 1
    assert prune(119)["runs"] == 0
    assert prune(121)["runs"] == 1


def test_a_dead_letter_that_is_resolved_goes_within_a_day_of_rounds() -> None:
    run, service = make_ended(state=RunState.FAILED), Retention()
    assert prune(31, service)["runs"] == 0
    Run.objects.filter(pk=run.pk).update(resolved_at=NOW)
    assert prune(31.1, service)["runs"] == 0
    assert prune(32.1, service)["runs"] == 1


def test_what_was_lost_of_a_run_goes_with_it() -> None:
    run = make_ended()
    LostAttempt.objects.create(
        run=run, attempt=1, worker="w1", cause=Loss.LEASE, heard_at=NOW, lost_at=NOW
    )
    assert prune(31)["runs"] == 1
    assert not LostAttempt.objects.exists()


def test_a_rerun_outlives_its_parent() -> None:
    parent = make_ended()
    child = make_ended(parent=parent, finished_at=NOW + timedelta(days=5))
    prune(31)
    child.refresh_from_db()
    assert child.parent is None


def test_one_call_is_bounded_and_the_next_goes_on(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"retention_batch": 2}
    monkeypatch.setattr(runs, "BATCHES", 2)
    job, service = make_job(schedule="@manual"), Retention()
    kept = make_ended(job, state=RunState.FAILED)
    for _ in range(7):
        make_ended(job)
    assert [prune(31, service)["runs"] for _ in range(3)] == [3, 4, 0]
    assert list(Run.objects.all()) == [kept]


def test_a_job_of_its_own_retention_is_finished_at_the_next_call(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"retention_batch": 2}
    monkeypatch.setattr(runs, "BATCHES", 2)
    monkeypatch.setattr(jobs, "JOBS_AT_ONCE", 1)
    first, second, service = (
        *(make_job(schedule="@manual", retention_days=1) for _ in range(2)),
        Retention(),
    )
    for job in (first, first, first, first, first, second):
        make_ended(job)
    assert [prune(2, service)["runs"] for _ in range(3)] == [4, 1, 1]


def test_where_nothing_is_old_a_call_is_a_handful_of_queries_and_writes_nothing() -> None:
    for _ in range(3):
        make_ended()
    with CaptureQueriesContext(connection) as queries:
        assert not any(prune(1).values())
    assert len(queries) <= 13
    assert not any(query["sql"].startswith(("UPDATE", "DELETE")) for query in queries)


def test_a_pruned_occurrence_is_not_opened_again() -> None:
    job = make_job(schedule="* * * * *")
    due = JobState.objects.get(job=job).next_run_at
    assert due is not None
    plan_due(now=due)
    Run.objects.update(state=RunState.SUCCEEDED, finished_at=due)
    assert prune(31)["runs"] == 1
    JobState.objects.filter(job=job).update(next_run_at=due)
    plan_due(now=due + timedelta(seconds=1))
    assert not Run.objects.exists()


def one_off(**fields: Any) -> Job:
    job = make_job(**({"schedule": "2999-01-01T00:00:00Z"} | fields))
    JobState.objects.filter(job=job).update(next_run_at=None, last_scheduled_for=NOW)
    return job


def test_a_one_off_that_is_over_goes_after_its_retention() -> None:
    job = one_off()
    make_ended(job, finished_at=NOW + timedelta(days=2))
    assert prune(29)["jobs"] == 0
    assert prune(31)["jobs"] == 1
    job.refresh_from_db()
    assert job.archived_at
    counts = prune(33)
    assert (counts["runs"], counts["jobs"], Job.objects.count()) == (1, 1, 0)


def test_only_one_offs_that_are_over_are_archived() -> None:
    make_run(one_off())
    one_off(enabled=False)
    ended = one_off(schedule="@every 1h", ends_at=NOW + timedelta(hours=3))
    future = make_job(schedule="2999-01-01T00:00:00Z")
    assert prune(300)["jobs"] == 0
    assert not Job.objects.filter(pk__in=[ended.pk, future.pk], archived_at__isnull=False).exists()


def test_an_archived_job_goes_with_its_last_run() -> None:
    job = make_job(archived_at=NOW, enabled=False)
    make_ended(job)
    assert prune(29)["jobs"] == 0
    assert prune(31)["jobs"] == 1
    assert not Job.objects.exists()


def test_closed_alerts_silent_workers_and_empty_backfills_go_too() -> None:
    job = make_job(schedule="@manual")
    for subject, closed_at in (("old", NOW), ("open", None)):
        Alert.objects.create(
            kind="late",
            subject=subject,
            message="",
            opened_at=NOW,
            seen_at=NOW,
            closed_at=closed_at,
        )
    make_worker(heartbeat_at=NOW)
    alive = make_worker(heartbeat_at=NOW + timedelta(days=30.9))
    ranges = {
        "job": job,
        "range_start": NOW,
        "range_end": NOW,
        "total": 1,
        "created_by": "ana",
        "created_at": NOW,
    }
    Backfill.objects.create(state=BackfillState.DONE, finished_at=NOW, **ranges)
    going_on = Backfill.objects.create(**ranges)
    with_runs = Backfill.objects.create(state=BackfillState.DONE, finished_at=NOW, **ranges)
    make_run(job, backfill=with_runs)
    counts = prune(31)
    assert (counts["alerts"], counts["workers"], counts["backfills"]) == (1, 1, 1)
    assert [alert.subject for alert in Alert.objects.all()] == ["open"]
    assert list(Worker.objects.all()) == [alive]
    assert {backfill.pk for backfill in Backfill.objects.all()} == {going_on.pk, with_runs.pk}


def test_minutes_are_kept_for_two_days_and_hours_and_days_for_400() -> None:
    job = make_job()
    MinuteStat.objects.create(bucket=NOW, queue="default")
    HourStat.objects.create(bucket=NOW, queue="default")
    JobDay.objects.create(job=job, day=NOW.date())
    assert [prune(days)["rollups"] for days in (1.9, 2.1, 399.9, 402)] == [0, 1, 0, 2]


def test_how_often_secrets_were_used_is_kept_as_long_as_the_days_of_jobs() -> None:
    job, secret = make_job(), make_secret("db")
    JobDay.objects.create(job=job, day=NOW.date())
    for age in (0, 1):
        day = (NOW + timedelta(days=age)).date()
        SecretUse.objects.create(secret=secret, job=job, day=day, version=1, last_used_at=NOW)
    noon = NOW.replace(hour=12)  # what has a day and no time goes at a midnight
    left = []
    for days in (399, 401):
        counts = Retention().run_once(now=noon + timedelta(days=days))
        left.append((counts["rollups"], SecretUse.objects.count()))
    assert left == [(0, 2), (2, 1)]


def test_pruning_waits_for_no_jobs_lock() -> None:
    if connection.vendor == "sqlite":
        return  # one writer at a time: a lock is the whole database's
    job = make_job(schedule="@manual", retention_days=1)
    make_ended(job)
    with transaction.atomic():
        JobState.objects.lock(job)
        (counts,) = at_once([lambda: prune(31)])
    assert counts["runs"] == 1
