"""What is judged, and what is not because rows cannot tell: said, not guessed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django_celery_results.models import TaskResult

from jobs import conf
from jobs.actions.jobs import update_job
from jobs.actions.pauses import pause_job, resume_job
from jobs.actions.pools import create_pool, update_pool
from jobs.actions.runs.purge import delete_run
from jobs.history.stored import Report, walks
from jobs.history.stored.snapshot import snapshot
from jobs.importers.service import import_files
from jobs.maintenance.alerts import raise_alert
from jobs.maintenance.retention import Retention
from jobs.maintenance.stateless import Stateless
from jobs.models import AlertKind, AuditEntry, Job, JobState, Run, RunState
from jobs.scheduler.planner import plan_due
from tests.integration.importers.files import write
from tests.support.builders import by, make_job
from tests.support.recorded import (
    MINUTES,
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
from tests.support.threads import at_once

ANA = by("ana")


def says(report: Report, what: str) -> bool:
    """Whether it could not judge something, for this reason."""
    return any(what in said for said in report.unjudged)


@pytest.fixture(params=[1, 3, 2_000], ids=lambda size: f"pages of {size}")
def page_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(walks, "PAGE", request.param)
    size: int = request.param
    return size


def test_what_is_found_does_not_depend_on_the_pages(page_size: int) -> None:
    job = minutely_job(overlap_policy="queue")
    Run.objects.filter(pk__in=[run.pk for run in record_beside(job, 4)]).update(exclusive=True)
    Run.objects.filter(scheduled_for=due(7)).delete()
    report = examined()
    assert sorted(invariant for invariant, _ in named(report)) == ["exclusive", "occurrences"]
    assert (report.runs, report.attempts, report.occurrences) == (
        MINUTES + 1,
        MINUTES + 1,
        MINUTES + 1,
    )


def test_only_what_happened_since_the_moment_asked_for_is_judged() -> None:
    job = minutely_job()
    record_all(job, 2, 8)
    assert [one.at for one in examined(since=due(5)).violations] == [due(8)]


def test_a_skipped_run_that_reaches_into_the_stretch_answers_for_its_part() -> None:
    job = minutely_job()
    record_all(job, 2, 3, 4, 5, 6)
    with time_machine.travel(due(6), tick=False):
        JobState.objects.update(next_run_at=due(2), last_scheduled_for=due(1))
        Job.objects.update(misfire_policy="skip")
        plan_due(now=due(6) + timedelta(minutes=1, seconds=30))
    JobState.objects.update(next_run_at=NOW + timedelta(minutes=1), last_scheduled_for=NOW)
    assert named(examined(since=due(4))) == []


def test_a_pause_is_accounted_for_and_what_follows_it_is_judged() -> None:
    job = minutely_job()
    record_all(job, 3, 4, 5, 8)
    with time_machine.travel(due(2) + timedelta(seconds=30), tick=False):
        JobState.objects.update(next_run_at=due(3), last_scheduled_for=due(2))
        pause_job(job, actor=ANA, now=due(2) + timedelta(seconds=30))
    paused = examined()
    assert (paused.violations, says(paused, "switched off")) == ([], True)
    with time_machine.travel(due(5) + timedelta(seconds=30), tick=False):
        resume_job(job, actor=ANA, now=due(5) + timedelta(seconds=30))
    JobState.objects.update(next_run_at=NOW + timedelta(minutes=1), last_scheduled_for=NOW)
    resumed = examined()
    assert [one.at for one in resumed.violations] == [due(8)]
    assert says(resumed, "changed or switched on since")


def test_what_was_due_before_the_schedule_was_changed_is_not_judged_by_the_new_one() -> None:
    job = minutely_job()
    record_all(job, 3, 5, 7, 9)
    with time_machine.travel(due(2) + timedelta(seconds=30), tick=False):
        JobState.objects.update(next_run_at=due(3), last_scheduled_for=due(2))
        every_other = f"{due(4).minute % 2}-59/2 * * * *"
        update_job(job, {"schedule": every_other}, actor=ANA, now=due(2) + timedelta(seconds=30))
    JobState.objects.update(next_run_at=NOW + timedelta(minutes=2), last_scheduled_for=NOW)
    assert examined().violations == []
    Run.objects.filter(scheduled_for=due(6)).delete()
    assert [one.at for one in examined().violations] == [due(6)]


def test_a_job_that_was_changed_behind_the_actions_is_judged_from_then_on() -> None:
    job = minutely_job()
    record_all(job, 2, 8)
    Job.objects.filter(pk=job.pk).update(created_at=due(-60), updated_at=due(5))
    assert [one.at for one in examined().violations] == [due(8)]


def test_what_is_due_and_not_planned_yet_is_said_and_is_no_violation() -> None:
    job = minutely_job()
    record_all(job, 8, 9, 10)
    JobState.objects.filter(pk=job.pk).update(next_run_at=due(8), last_scheduled_for=due(7))
    report = examined()
    assert (report.violations, says(report, "due and not planned yet")) == ([], True)


def test_a_moment_that_planning_has_passed_over_is_a_violation() -> None:
    job = minutely_job()
    record_all(job, 8, 9, 10)
    JobState.objects.filter(pk=job.pk).update(last_scheduled_for=due(7))
    assert [one.at for one in examined().violations] == [due(8)]


def test_a_run_that_somebody_deleted_is_not_missing() -> None:
    runs = record_all(minutely_job())
    Run.objects.update(rolled_up=True)
    delete_run(runs[4], actor=ANA, now=NOW, reason="it held a password")
    assert examined().violations == []


def test_what_retention_has_deleted_is_not_missing() -> None:
    job = make_job(schedule="0 0 * * *", created_at=NOW - timedelta(days=200))
    anchor = {
        "anchor": job.created_at,
        "last_scheduled_for": NOW,
        "next_run_at": NOW + timedelta(days=1),
    }
    JobState.objects.update(**anchor)
    Job.objects.update(updated_at=job.created_at)
    midnight = NOW.replace(hour=0, minute=0)
    for day in range(100, -1, -1):
        run = record(
            job, 0, scheduled_for=midnight - timedelta(days=day), occurrence_key=f"m:{day}"
        )
        key = f"s:{run.scheduled_for:%Y-%m-%dT%H:%M:%SZ}"
        ended = run.scheduled_for + timedelta(seconds=9)
        Run.objects.filter(pk=run.pk).update(occurrence_key=key, finished_at=ended)
        record_attempt(run)
    Retention().run_once(now=NOW)
    assert Run.objects.count() in {conf.get().retention_days, conf.get().retention_days + 1}
    report = examined()
    assert (report.violations, says(report, "older than what retention keeps")) == ([], True)
    Run.objects.filter(scheduled_for=midnight - timedelta(days=5)).delete()
    assert [one.at for one in examined().violations] == [midnight - timedelta(days=5)]


def test_runs_that_fewer_kept_days_have_deleted_before_are_not_missing() -> None:
    job = minutely_job()
    Job.objects.update(created_at=NOW - timedelta(days=10), updated_at=NOW - timedelta(days=10))
    record_all(job)
    first = due(0) - timedelta(days=3)
    run = record(
        job,
        0,
        scheduled_for=first,
        finished_at=first,
        occurrence_key=f"s:{first:%Y-%m-%dT%H:%M:%SZ}",
    )
    record_attempt(run)
    JobState.objects.update(anchor=NOW - timedelta(days=10))
    (found,) = examined().violations
    assert found.at == first + timedelta(minutes=1)


def test_runs_within_what_the_clock_went_back_over_are_not_judged_against_each_other() -> None:
    job = minutely_job(overlap_policy="queue")
    Run.objects.filter(pk__in=[run.pk for run in record_all(job)]).update(exclusive=True)
    again = record(job, 4, occurrence_key="m:1", trigger="manual", exclusive=True)
    record_attempt(again)
    report = examined()
    assert report.violations == []
    assert says(report, "the database's clock went back over it")


def test_a_body_that_went_on_when_it_was_taken_away_is_said_to_leave_room_for_doubt() -> None:
    job = minutely_job(overlap_policy="queue")
    runs = record_all(job)
    Run.objects.update(exclusive=True)
    late = TaskResult.objects.get(task_id=runs[4].message_id)
    TaskResult.objects.filter(pk=late.pk).update(
        meta=f'{late.meta[:-1]}, "late_finished_at": "x"}}'
    )
    report = examined()
    assert (report.violations, says(report, "a body went on when it was taken away")) == ([], True)


def test_a_limit_that_was_lowered_does_not_count_for_runs_that_were_admitted_before() -> None:
    create_pool({"name": "gpu", "slots": 2}, actor=ANA, now=due(-60))
    job = minutely_job(pool="gpu")
    record_beside(job, 4)
    update_pool("gpu", {"slots": 1}, actor=ANA, now=due(4) + timedelta(seconds=5))
    assert examined().violations == []
    update_pool("gpu", {"slots": 3}, actor=ANA, now=due(9))
    assert examined().violations == []


def test_a_limit_counts_for_the_runs_of_its_time_although_it_was_raised_since() -> None:
    create_pool({"name": "gpu", "slots": 1}, actor=ANA, now=due(-60))
    record_beside(minutely_job(pool="gpu"), 4)
    update_pool("gpu", {"slots": 3}, actor=ANA, now=due(9))
    assert [invariant for invariant, _ in named(examined())] == ["pool"]


def test_a_job_that_cannot_be_read_keeps_no_other_from_being_judged() -> None:
    odd, job = minutely_job(name="odd"), minutely_job()
    record_all(job, 4)
    AuditEntry.objects.create(
        at=NOW, who="ana", surface="cli", verb="update_job", target_kind="job", target_id="1",
        target_name="odd",
        job_id=odd.pk, changes=7,
    )  # fmt: skip
    report = examined()
    assert [(one.job, one.at) for one in report.violations] == [(job.name, due(4))]
    assert says(report, "not to be read (TypeError")


def test_results_of_plain_celery_tasks_and_odd_ones_are_no_attempts() -> None:
    record_all(minutely_job())
    odd = [
        None,
        "",
        "[]",
        "{",
        '{"children": []}',
        '{"run": 1, "attempt": "x"}',
        '{"run": "no id", "attempt": 1}',
    ]
    for number, meta in enumerate(odd):
        TaskResult.objects.create(
            task_id=f"plain-{number}", meta=meta, content_type="", content_encoding=""
        )
    report = examined()
    assert (report.violations, report.attempts) == ([], MINUTES + 1)


def test_a_look_that_may_not_take_longer_says_that_it_did_not_get_to_the_end() -> None:
    record_all(minutely_job())
    assert not examined(seconds=0.0).is_complete


def test_nothing_can_be_written_inside_a_snapshot() -> None:
    job = minutely_job()
    with pytest.raises(DatabaseError), snapshot():
        Job.objects.filter(pk=job.pk).update(name="other")
    Job.objects.filter(pk=job.pk).update(name="other")


def test_a_snapshot_sees_nothing_of_what_is_written_meanwhile_and_keeps_nobody_from_writing() -> (
    None
):
    job = minutely_job()
    with snapshot():
        assert Run.objects.count() == 0
        at_once([lambda: record(job, 4), lambda: record(job, 5)])
        assert Run.objects.count() == 0
    assert Run.objects.filter(state=RunState.SUCCEEDED).count() == 2


def test_a_snapshot_cannot_begin_where_a_transaction_has() -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError, match="outside of any transaction"),
        snapshot(),
    ):
        pass


@pytest.mark.parametrize("slow", ["service", "apply"], ids=["while it compares", "while it writes"])
def test_an_import_that_takes_minutes_changes_a_job_when_it_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """Until then the job is planned by its rule of before, whenever the import began."""
    path = tmp_path / "jobs.json"
    job = minutely_job(source=str(path))
    every_other = f"{due(8).minute % 2}-59/2 * * * *"
    record_all(job, 7, 9)
    write(path, {"name": job.name, "task": job.task, "schedule": every_other})
    monkeypatch.setattr(
        f"jobs.importers.{slow}.going_on", lambda now: lambda: now + timedelta(minutes=6)
    )
    JobState.objects.update(next_run_at=due(7), last_scheduled_for=due(6))
    with time_machine.travel(due(6) + timedelta(seconds=20), tick=False):
        import_files([str(path)], actor=ANA, now=due(0) + timedelta(seconds=20))
    JobState.objects.update(next_run_at=NOW + timedelta(minutes=2), last_scheduled_for=NOW)
    assert Job.objects.get().schedule == every_other
    assert examined().violations == []
    Run.objects.filter(scheduled_for=due(8)).delete()
    assert [one.at for one in examined().violations] == [due(8)]


def test_a_job_that_was_written_without_a_state_is_judged_from_when_it_got_one() -> None:
    job = minutely_job()
    record_all(job, *range(6), 8)
    JobState.objects.all().delete()
    Stateless().run_once(now=due(5) + timedelta(seconds=30))
    JobState.objects.update(next_run_at=NOW + timedelta(minutes=1), last_scheduled_for=NOW)
    assert [one.at for one in examined().violations] == [due(8)]


def test_what_was_at_work_when_the_clock_jumped_is_not_held_against_what_came_next() -> None:
    job = minutely_job(overlap_policy="skip")
    Run.objects.filter(pk__in=[run.pk for run in record_all(job)]).update(exclusive=True)
    ended = TaskResult.objects.order_by("date_created")[4]
    TaskResult.objects.filter(pk=ended.pk).update(date_done=due(60))
    Run.objects.filter(scheduled_for=due(4)).update(finished_at=due(60))
    assert {invariant for invariant, _ in named(examined())} == {"exclusive"}
    raise_alert(AlertKind.CLOCK, "the database's clock jumped", now=due(4) + timedelta(seconds=5))
    report = examined()
    assert named(report) == []
    assert says(report, "the clock jumped then")
