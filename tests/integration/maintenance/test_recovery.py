"""Recovery: a lease that ran out is a lost attempt, unless the sweep itself was blind."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.lifecycle.claim import claim
from jobs.lifecycle.finish import finish_expired
from jobs.lifecycle.message import Message
from jobs.maintenance.recovery import LOST, Recovery
from jobs.models import Leader, Loss, LostAttempt, Run, RunState, Worker
from tests.support.builders import make_job, make_run, make_worker
from tests.support.configured import configured

NOTHING = {"lost": 0, "overdue": 0}


@pytest.fixture
def recovery() -> Recovery:
    """A sweep that has looked a moment ago."""
    now = timezone.now()
    Leader.objects.create(
        role="scheduler", holder="me", acquired_at=now, expires_at=now, last_sweep_at=now
    )
    return Recovery()


def running(**fields: Any) -> Run:
    """A claimed run."""
    values: dict[str, Any] = {"publish_count": 1, "published_at": timezone.now()}
    run = make_run(**(values | fields))
    assert claim(Message(run.pk, 1, "w1@test", "EchoTask", run.job.name))
    run.refresh_from_db()
    return run


def later(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def look(recovery: Recovery, at: datetime) -> dict[str, int]:
    """A look at ``at`` by a sweep that has not been away."""
    Leader.objects.update(last_sweep_at=at - timedelta(seconds=5))
    return recovery.run_once(now=at)


def test_a_run_with_a_lease_is_left_alone(recovery: Recovery) -> None:
    running()
    assert look(recovery, later(60)) == NOTHING


def test_a_run_whose_lease_ran_out_is_lost_and_goes_back_to_its_queue(recovery: Recovery) -> None:
    run = running()
    assert look(recovery, later(80)) == {"lost": 1, "overdue": 0}
    run.refresh_from_db()
    assert (run.state, run.losses, run.failures, run.published_at) == (RunState.QUEUED, 1, 0, None)
    attempt = TaskResult.objects.get()
    assert attempt.status == "FAILURE"
    assert json.loads(attempt.meta)["outcome"] == "lost"


def test_a_run_that_lost_its_worker_three_times_goes_back_to_its_queue_all_the_same(
    recovery: Recovery,
) -> None:
    run = running(losses=2, lease_losses=2)
    look(recovery, later(80))
    run.refresh_from_db()
    assert (run.state, run.losses, run.lease_losses, run.child_losses) == (RunState.QUEUED, 3, 3, 0)
    assert run.reason == "its worker was cut off"


@configured(lease_losses_allowed=5)
def test_a_run_that_is_cut_off_for_ever_ends_and_is_a_dead_letter(recovery: Recovery) -> None:
    run = running(losses=4, lease_losses=4)
    look(recovery, later(80))
    run.refresh_from_db()
    assert (run.state, run.losses) == (RunState.FAILED, 5)
    assert run.reason == "its worker was cut off 5 times"
    assert run.is_dead_letter
    assert run.fingerprint


def test_what_was_lost_is_recorded_with_its_cause(recovery: Recovery) -> None:
    run = running()
    lease = run.lease_expires_at
    look(recovery, later(80))
    lost = LostAttempt.objects.get()
    assert (lost.run_id, lost.attempt, lost.worker, lost.cause) == (
        run.pk,
        1,
        "w1@test",
        Loss.LEASE,
    )
    assert lease
    assert lost.heard_at == lease - timedelta(seconds=60)
    assert json.loads(TaskResult.objects.get().meta)["cause"] == "lease"


def test_a_run_that_its_worker_vouches_for_is_not_taken(recovery: Recovery) -> None:
    run = running()
    worker = make_worker(name="w1@test", heartbeat_at=later(75), vouched=[f"{run.pk}.1"])
    assert look(recovery, later(80)) == NOTHING

    Worker.objects.filter(pk=worker.pk).update(heartbeat_at=later(0))
    assert look(recovery, later(81)) == {"lost": 1, "overdue": 0}, (
        "it has not been heard of for as long as a lease"
    )


def test_an_earlier_attempt_vouches_for_no_later_one(recovery: Recovery) -> None:
    run = running(publish_count=1)
    make_worker(name="w1@test", heartbeat_at=later(75), vouched=[f"{run.pk}.0"])
    assert look(recovery, later(80)) == {"lost": 1, "overdue": 0}


def test_a_cancelled_run_whose_worker_died_is_cancelled_not_retried(recovery: Recovery) -> None:
    run = running()
    Run.objects.update(cancel_requested_at=timezone.now())
    look(recovery, later(80))
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED


def test_a_run_that_nobody_ended_at_its_deadline_has_timed_out(recovery: Recovery) -> None:
    run = running(job=make_job(timeout_seconds=10))
    Run.objects.update(lease_expires_at=later(1000))
    assert look(recovery, later(30)) == NOTHING
    assert look(recovery, later(50)) == {"lost": 0, "overdue": 1}
    run.refresh_from_db()
    assert run.state == RunState.TIMED_OUT


def test_a_lease_renewed_between_look_and_verdict_is_respected(recovery: Recovery) -> None:
    run = running()
    from_database = run.lease_expires_at
    assert from_database
    Run.objects.update(lease_expires_at=later(500))
    assert finish_expired(Message(run.pk, 1, "w1@test"), LOST, lease=from_database) is None
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


def test_after_a_time_of_blindness_nobody_is_judged_before_they_could_renew(
    recovery: Recovery,
) -> None:
    run = running()
    back = later(300)
    assert recovery.run_once(now=back) == NOTHING
    assert recovery.run_once(now=back + timedelta(seconds=10)) == NOTHING
    # It renewed: it was alive all the time.
    Run.objects.update(lease_expires_at=back + timedelta(seconds=70))
    assert look(recovery, back + timedelta(seconds=30)) == NOTHING
    run.refresh_from_db()
    assert run.state == RunState.RUNNING


def test_after_a_time_of_blindness_the_dead_are_still_found(recovery: Recovery) -> None:
    running()
    back = later(300)
    recovery.run_once(now=back)
    assert look(recovery, back + timedelta(seconds=16)) == {"lost": 1, "overdue": 0}


def test_a_grace_time_by_a_clock_that_has_gone_back_is_over(recovery: Recovery) -> None:
    run = running()
    assert recovery.run_once(now=later(3_600)) == NOTHING, (
        "a gap: its grace time ends an hour from now"
    )
    Run.objects.filter(pk=run.pk).update(lease_expires_at=later(-60))
    assert recovery.run_once(now=later(0)) == NOTHING, (
        "back again: the workers are given time to renew"
    )
    assert recovery.run_once(now=later(16)) == {"lost": 1, "overdue": 0}


def test_who_leads_next_waits_for_the_grace_time_too(recovery: Recovery) -> None:
    running()
    assert recovery.run_once(now=later(3_600)) == NOTHING, "a gap: its grace time begins"
    assert Recovery().run_once(now=later(3_602)) == NOTHING
    assert Recovery().run_once(now=later(3_616)) == {"lost": 1, "overdue": 0}


def test_a_leader_that_finds_no_earlier_look_waits_one_lease(recovery: Recovery) -> None:
    running()
    Leader.objects.update(last_sweep_at=None)
    first = later(200)
    assert recovery.run_once(now=first) == NOTHING
    assert look(recovery, first + timedelta(seconds=59)) == NOTHING
    assert look(recovery, first + timedelta(seconds=61)) == {"lost": 1, "overdue": 0}


def test_the_waiting_run_of_an_exclusive_job_goes_when_the_lost_one_is_over(
    recovery: Recovery,
) -> None:
    job = make_job(overlap_policy="queue")
    running(job=job, exclusive=True, lease_losses=19)
    waiting = make_run(job, exclusive=True, state=RunState.BLOCKED)
    look(recovery, later(80))
    waiting.refresh_from_db()
    assert waiting.state == RunState.QUEUED


def test_a_clock_that_goes_ahead_for_good_ends_no_run_before_its_time() -> None:
    now, uptime, hour = timezone.now(), 0.0, timedelta(hours=1)
    Leader.objects.create(
        role="scheduler", holder="me", acquired_at=now, expires_at=now, last_sweep_at=now
    )
    recovery = Recovery(lambda: uptime)
    run, later_run = (
        running(job=make_job(timeout_seconds=1_800)),
        running(job=make_job(timeout_seconds=1_800)),
    )
    ended_at: dict[UUID, int] = {}
    for seconds in range(10, 2_000, 10):
        uptime, at = float(seconds), later(seconds) + hour
        renewed = {"lease_expires_at": at + timedelta(seconds=60)}
        if seconds == 100:  # one that began by the new clock
            renewed_later = {"started_at": at, "deadline_at": at + timedelta(seconds=1_800)}
            Run.objects.filter(pk=later_run.pk).update(**renewed_later)
        Run.objects.filter(state=RunState.RUNNING).update(**renewed)
        if recovery.run_once(now=at)["overdue"]:
            over = Run.objects.filter(state=RunState.TIMED_OUT).values_list("pk", flat=True)
            ended_at |= {pk: seconds for pk in over if pk not in ended_at}
    assert 1_800 < ended_at[run.pk] < 1_900, "its limit has passed by seconds that nobody sets"
    assert ended_at[later_run.pk] > 1_900, "by the clock by which it began"


def test_the_next_leader_ends_no_run_before_its_time_either(recovery: Recovery) -> None:
    run, ahead = running(job=make_job(timeout_seconds=1_800)), later(10) + timedelta(hours=1)
    recovery.stepped(ahead)
    for seconds in range(0, 60, 10):
        at = ahead + timedelta(seconds=seconds)
        Run.objects.filter(pk=run.pk).update(lease_expires_at=at + timedelta(seconds=60))
        assert Recovery().run_once(now=at) == NOTHING
