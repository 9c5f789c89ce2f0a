"""The start deadline: what has not started by it is skipped, and no worker begins it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.dispatch.occurrences import make_run as planned_run
from jobs.lifecycle.claim import claim
from jobs.lifecycle.message import Message
from jobs.maintenance.start_deadlines import TOO_LATE, skip_late_starts
from jobs.models import Run, RunState, Trigger
from tests.support.builders import make_job, make_run

NOW = timezone.now().replace(microsecond=0)
LATE = NOW - timedelta(hours=2)


def look() -> int:
    return skip_late_starts(now=timezone.now())["not started in time"]


def test_a_scheduled_run_has_the_deadline_of_its_job_from_when_it_may_start() -> None:
    job = make_job(start_deadline_seconds=600)
    assert planned_run(job, NOW, now=NOW).start_by == NOW + timedelta(seconds=600)
    assert planned_run(make_job(), NOW, now=NOW).start_by is None


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.API, Trigger.BACKFILL, Trigger.RERUN])
def test_what_people_start_has_none(trigger: Trigger) -> None:
    job = make_job(start_deadline_seconds=600)
    assert planned_run(job, NOW, now=NOW, trigger=trigger, key="k").start_by is None


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.BLOCKED])
def test_a_run_that_waits_beyond_its_deadline_is_skipped_and_says_why(state: RunState) -> None:
    run = make_run(make_job(), state=state, start_by=LATE)
    assert look() == 1
    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.SKIPPED, TOO_LATE)
    assert run.finished_at
    assert look() == 0


def test_who_is_in_time_or_has_started_once_or_runs_is_left_alone() -> None:
    job = make_job()
    make_run(job, state=RunState.QUEUED, start_by=timezone.now() + timedelta(hours=1))
    make_run(job, state=RunState.QUEUED, start_by=LATE, attempt=1)
    make_run(job, state=RunState.RUNNING, start_by=LATE, attempt=1)
    make_run(job, state=RunState.QUEUED)
    assert look() == 0


@pytest.mark.parametrize(
    ("fields", "is_claimed"),
    [({"start_by": LATE}, False), ({"start_by": LATE, "attempt": 1}, True), ({}, True)],
)
def test_a_worker_does_not_begin_what_is_too_late(
    fields: dict[str, object], is_claimed: bool
) -> None:
    run = make_run(make_job(), state=RunState.QUEUED, published_at=LATE, publish_count=1, **fields)
    message = Message(run.pk, 1, "w@host", task_name=run.task, job_name=run.job.name)
    assert (claim(message) is not None) is is_claimed
    assert Run.objects.get().state == (RunState.RUNNING if is_claimed else RunState.QUEUED)
