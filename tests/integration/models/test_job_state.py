"""Saving a job keeps its state in step, and never fires what is past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError

from jobs.models import Job, JobState
from tests.support.builders import make_job, make_run

NOON = datetime(2027, 3, 1, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_noon() -> object:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def state_of(job: Job) -> JobState:
    return JobState.objects.get(job=job)


def test_a_new_job_is_planned_from_now() -> None:
    job = make_job(schedule="*/5 * * * *")
    assert state_of(job).next_run_at == NOON.replace(minute=5, second=0)


def test_a_manual_job_is_never_due() -> None:
    assert state_of(make_job(schedule="@manual")).next_run_at is None


def test_a_paused_job_has_no_next_run_and_resuming_starts_from_now() -> None:
    job = make_job(schedule="* * * * *")
    job.enabled = False
    job.save()
    assert state_of(job).next_run_at is None
    with time_machine.travel(NOON + timedelta(hours=3), tick=False):
        job.enabled = True
        job.save()
    assert state_of(job).next_run_at == NOON.replace(hour=15, minute=1, second=0)


def test_an_edit_of_something_else_leaves_the_plan_alone() -> None:
    job = make_job(schedule="* * * * *")
    before = state_of(job).next_run_at
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        job.description = "better said"
        job.save()
    assert state_of(job).next_run_at == before


def test_an_edited_schedule_counts_from_now_not_from_what_was_missed() -> None:
    job = make_job(schedule="* * * * *")
    with time_machine.travel(NOON + timedelta(hours=1), tick=False):
        job.schedule = "*/10 * * * *"
        job.save()
    assert state_of(job).next_run_at == NOON.replace(hour=13, minute=10, second=0)


def test_an_occurrence_due_at_the_moment_of_the_edit_stays_due() -> None:
    job = make_job(schedule="* * * * *")
    due = state_of(job).next_run_at
    assert due is not None
    with time_machine.travel(due + timedelta(milliseconds=300), tick=False):
        job.schedule = "0 4 * * *"
        job.save()
    assert state_of(job).next_run_at == due


def test_an_interval_keeps_its_anchor_until_its_text_changes() -> None:
    job = make_job(schedule="@every 5m")
    anchor = state_of(job).anchor
    with time_machine.travel(NOON + timedelta(minutes=7), tick=False):
        job.timezone = "Europe/Berlin"
        job.save()
        assert state_of(job).anchor == anchor
        job.schedule = "@every 4m"
        job.save()
    assert state_of(job).anchor == NOON + timedelta(minutes=7)


def test_starts_at_is_the_anchor() -> None:
    starts = NOON + timedelta(days=1)
    job = make_job(schedule="@every 1h", starts_at=starts)
    assert (state_of(job).anchor, state_of(job).next_run_at) == (starts, starts)


def test_a_schedule_that_cannot_be_read_is_recorded_not_raised() -> None:
    job = make_job(schedule="61 * * * *")
    assert state_of(job).next_run_at is None
    assert "minute" in state_of(job).schedule_error


def test_two_unarchived_jobs_cannot_share_a_name_but_an_archived_one_gives_it_free() -> None:
    first = make_job(name="nightly")
    with pytest.raises(IntegrityError):
        make_job(name="nightly")
    Job.objects.filter(pk=first.pk).update(archived_at=NOON)
    make_job(name="nightly")


def test_the_same_occurrence_of_a_job_cannot_be_written_twice() -> None:
    run = make_run(occurrence_key="s:2027-03-01T12:00:00Z")
    with pytest.raises(IntegrityError):
        make_run(run.job, occurrence_key="s:2027-03-01T12:00:00Z")
