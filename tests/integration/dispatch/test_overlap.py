"""Overlap policies: what a new run does while an earlier one is not over."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jobs.actions.running import run_now
from jobs.dispatch.overlap import release_waiting
from jobs.models import Job, JobState, OverlapPolicy, Run, RunState
from jobs.scheduler.planner import plan_due
from tests.support.builders import by, make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once

pytestmark = pytest.mark.usefixtures("broker")
EXCLUSIVE = [policy for policy in OverlapPolicy if policy != OverlapPolicy.ALLOW]


def job_with(policy: str) -> Job:
    return make_job(schedule="@manual", overlap_policy=policy)


def press(job: Job) -> Run:
    return run_now(job, actor=by("ana"), now=timezone.now()).run


def finish(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED, finished_at=timezone.now())
    release_waiting([run.job_id])


def start(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.RUNNING)


def states(job: Job) -> list[str]:
    return list(Run.objects.filter(job=job).order_by("id").values_list("state", flat=True))


def test_allow_runs_both() -> None:
    job = job_with("allow")
    start(press(job))
    press(job)
    assert states(job) == ["running", "queued"]


@pytest.mark.parametrize("policy", EXCLUSIVE)
def test_a_free_job_starts_whatever_its_policy(policy: str) -> None:
    run = press(job_with(policy))
    assert (run.state, run.exclusive, run.publish_count) == ("queued", True, 1)


def test_skip_records_the_new_one_as_skipped_with_its_reason() -> None:
    job = job_with("skip")
    first = press(job)
    start(first)
    second = press(job)
    assert second.state == "skipped"
    assert str(first.pk) in second.reason
    finish(first)
    assert press(job).state == "queued"


def test_queue_lets_one_wait_and_skips_the_next() -> None:
    job = job_with("queue")
    first = press(job)
    start(first)
    second, third = press(job), press(job)
    assert states(job) == ["running", "blocked", "skipped"]
    assert release_waiting() == 0
    finish(first)
    second.refresh_from_db()
    assert (second.state, second.reason) == ("queued", "")
    assert third.state == "skipped"


def test_cancel_running_asks_the_running_one_to_stop_and_waits_for_it() -> None:
    job = job_with("cancel_running")
    first = press(job)
    start(first)
    second = press(job)
    first.refresh_from_db()
    assert first.cancel_requested_at is not None
    assert second.state == "blocked"
    third = press(job)
    assert states(job) == ["running", "cancelled", "blocked"]
    finish(first)
    third.refresh_from_db()
    assert third.state == "queued"


def test_cancel_running_replaces_one_that_has_not_started() -> None:
    job = job_with("cancel_running")
    press(job)
    assert press(job).state == "queued"
    assert states(job) == ["cancelled", "queued"]


def test_a_run_that_waits_for_its_retry_is_not_over() -> None:
    job = job_with("skip")
    first = press(job)
    Run.objects.filter(pk=first.pk).update(attempt=1, available_at=timezone.now() + timedelta(hours=1))
    assert press(job).state == "skipped"


def test_a_policy_also_counts_runs_made_before_it() -> None:
    job = job_with("allow")
    start(press(job))
    Job.objects.update(overlap_policy="skip")
    assert press(Job.objects.get()).state == "skipped"


@pytest.mark.parametrize(("policy", "wanted"), [("skip", (1, 0)), ("queue", (1, 1)), ("cancel_running", (1, 0))])
def test_occurrences_planned_in_one_batch_obey_the_policy(policy: str, wanted: tuple[int, int]) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    job = make_job(schedule="* * * * * *", overlap_policy=policy)
    JobState.objects.filter(job=job).update(next_run_at=now - timedelta(seconds=9))
    plan_due(now=now)
    counts = Counter(states(job))
    assert (counts["queued"], counts["blocked"]) == wanted
    assert sum(counts.values()) == 10


@pytest.mark.parametrize("policy", EXCLUSIVE)
def test_many_triggers_at_once_never_make_two_active(policy: str) -> None:
    job = job_with(policy)
    start(press(job))
    for _ in range(3):
        at_once([lambda: press(Job.objects.get(pk=job.pk))] * 4)
    counts = Counter(states(job))
    assert sum(counts.values()) == 13
    assert counts["running"] == 1
    assert counts["queued"] == 0
    assert counts["blocked"] == (0 if policy == "skip" else 1)


def test_the_database_forbids_two_active_exclusive_runs_and_two_waiting_ones() -> None:
    job = job_with("queue")
    make_run(job, exclusive=True)
    make_run(job, exclusive=True, state=RunState.BLOCKED)
    for state in (RunState.QUEUED, RunState.BLOCKED):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_run(job, exclusive=True, state=state)
    assert connection.is_usable()


def test_the_sweep_finds_a_waiting_run_that_nobody_let_go(broker: RedisServer) -> None:
    run = make_run(job_with("queue"), exclusive=True, state=RunState.BLOCKED)
    assert release_waiting() == 1
    run.refresh_from_db()
    assert run.state == "queued"
