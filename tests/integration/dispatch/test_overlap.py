"""Overlap policies: what a new run does while an earlier one is not over."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from jobs.actions.runs.run import run_now
from jobs.dispatch.overlap import release_waiting
from jobs.models import Job, JobState, OverlapPolicy, Run, RunState
from jobs.queries.jobs.overlap import Fate, in_the_way
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
    assert second.other_run == first.pk
    assert (
        second.reason == f"overlap: the run of {first.scheduled_for:%H:%M:%S} UTC was still waiting"
    )
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
    Run.objects.filter(pk=first.pk).update(
        attempt=1, available_at=timezone.now() + timedelta(hours=1)
    )
    assert press(job).state == "skipped"


def test_a_policy_also_counts_runs_made_before_it() -> None:
    job = job_with("allow")
    start(press(job))
    Job.objects.update(overlap_policy="skip")
    assert press(Job.objects.get()).state == "skipped"


@pytest.mark.parametrize(
    ("policy", "wanted"), [("skip", (1, 0)), ("queue", (1, 1)), ("cancel_running", (1, 0))]
)
def test_occurrences_planned_in_one_batch_obey_the_policy(
    policy: str, wanted: tuple[int, int]
) -> None:
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


def test_a_skipped_run_says_what_the_other_one_was_doing_and_for_how_long() -> None:
    job = job_with("skip")
    now = timezone.now()
    first = press(job)
    Run.objects.filter(pk=first.pk).update(
        state=RunState.RUNNING, started_at=now - timedelta(seconds=32.9)
    )
    second = run_now(job, actor=by("ana"), now=now).run
    told = f"overlap: the run of {first.scheduled_for:%H:%M:%S} UTC was still running (32 s)"
    assert (second.state, second.reason, second.other_run) == ("skipped", told, first.pk)
    Run.objects.filter(pk=first.pk).update(scheduled_for=now - timedelta(days=3))
    assert f"the run of {now - timedelta(days=3):%Y-%m-%d %H:%M:%S} UTC" in press(job).reason


@pytest.mark.parametrize("policy", EXCLUSIVE)
def test_a_run_that_waits_is_queued_behind_the_other_whatever_the_policy(policy: str) -> None:
    job = job_with(policy)
    first = press(job)
    start(first)
    waiting = run_now(job, actor=by("ana"), now=timezone.now(), waits=True).run
    assert (waiting.state, waiting.other_run) == ("blocked", first.pk)
    finish(first)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason, waiting.other_run) == ("queued", "", None)


@pytest.mark.parametrize(
    ("policy", "fate", "may_wait"),
    [
        ("skip", Fate.SKIPPED, True),
        ("queue", Fate.WAITS, False),
        ("cancel_running", Fate.REPLACES, False),
    ],
)
def test_what_would_become_of_a_run_is_what_becomes_of_it(
    policy: str, fate: Fate, may_wait: bool
) -> None:
    job = job_with(policy)
    assert in_the_way(job) is None
    first = press(job)
    start(first)
    found = in_the_way(job)
    assert found is not None
    assert (found.run.pk, found.fate, found.may_wait) == (first.pk, fate, may_wait)
    state = press(job).state
    assert {Fate.SKIPPED: "skipped", Fate.WAITS: "blocked", Fate.REPLACES: "blocked"}[fate] == state


def test_behind_one_that_waits_already_nothing_can_wait() -> None:
    job = job_with("queue")
    start(press(job))
    waiting = press(job)
    found = in_the_way(job)
    assert found is not None
    assert (found.run.pk, found.fate, found.may_wait) == (waiting.pk, Fate.SKIPPED, False)
