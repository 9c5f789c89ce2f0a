"""After a step back of the database's clock nothing waits for the time that it had claimed to
be.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.lifecycle.claim import claim
from jobs.lifecycle.message import Message
from jobs.maintenance.clock_repairs import ClockRepairs
from jobs.models import Backfill, Job, JobState, Leader, Run, RunState, Trigger, Worker
from jobs.scheduler.lease import Lease
from jobs.scheduler.planner import plan_due
from tests.support.builders import make_job, make_leader, make_run, make_worker

HOUR = timedelta(hours=1)


@pytest.fixture
def repairs() -> ClockRepairs:
    """A service that has seen the clock an hour ahead."""
    service = ClockRepairs()
    service.run_once(now=timezone.now() + HOUR)
    return service


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def plan(at: datetime) -> None:
    while plan_due(now=at):
        pass


def test_a_clock_that_goes_on_changes_nothing() -> None:
    service, now = ClockRepairs(), timezone.now()
    worker = make_worker(heartbeat_at=now + HOUR)
    assert [service.run_once(now=now), service.run_once(now=now + HOUR)] == [{}, {}]
    worker.refresh_from_db()
    assert worker.heartbeat_at == now + HOUR


def test_leases_messages_retries_and_signs_of_life_come_back_from_the_future(
    repairs: ClockRepairs,
) -> None:
    now = timezone.now()
    lost = make_run(publish_count=1, published_at=now)
    assert claim(Message(lost.pk, 1, "w1@test", "EchoTask", lost.job.name))
    Run.objects.filter(pk=lost.pk).update(lease_expires_at=now + HOUR)
    sent = make_run(published_at=now + HOUR, publish_count=1)
    retry = make_run(attempt=1, started_at=now + HOUR, available_at=now + HOUR, priority=3)
    later = make_run(attempt=1, started_at=now, available_at=now + HOUR)
    make_worker(heartbeat_at=now + HOUR)

    changed = repairs.run_once(now=now)

    assert sorted(changed.values()) == [0, 1, 1, 1, 1]
    lease, published = fresh(lost).lease_expires_at, fresh(sent).published_at
    assert lease
    assert lease <= now + timedelta(seconds=60)
    assert published == now
    assert (fresh(retry).available_at, fresh(retry).rank_at) == (now, now - timedelta(minutes=30))
    assert fresh(later).available_at == now + HOUR, "its delay is its own"
    assert Worker.objects.get().heartbeat_at == now


def test_what_people_asked_for_while_the_clock_was_ahead_does_not_wait_for_it(
    repairs: ClockRepairs,
) -> None:
    now, ahead = timezone.now(), timezone.now() + HOUR
    asked = make_run(trigger=Trigger.MANUAL, created_at=ahead, available_at=ahead)
    paced = make_run(
        trigger=Trigger.RERUN, created_at=ahead, available_at=ahead + timedelta(minutes=5)
    )
    job = make_job(schedule="@hourly")
    moments = {
        "range_start": now - 2 * HOUR,
        "range_end": now - HOUR,
        "total": 1,
        "created_at": now - HOUR,
    }
    backfill = Backfill.objects.create(job=job, released_at=ahead, **moments)
    let_go = make_run(
        job, trigger=Trigger.BACKFILL, backfill=backfill, created_at=now - HOUR, available_at=ahead
    )
    planned = make_run(created_at=ahead, available_at=ahead)
    later = make_run(trigger=Trigger.RERUN, created_at=now, available_at=ahead)

    assert repairs.run_once(now=now)["waiting runs after a step of the clock"] == 3

    assert (fresh(asked).available_at, fresh(let_go).available_at) == (now, now)
    assert fresh(paced).available_at == now + timedelta(minutes=5), "many that are rerun are spread"
    assert (fresh(planned).available_at, fresh(later).available_at) == (ahead, ahead), (
        "their time is their own"
    )


def test_a_new_leader_knows_from_the_row_that_the_clock_went_back() -> None:
    now = timezone.now()
    make_leader(last_sweep_at=now + HOUR)
    make_worker(heartbeat_at=now + HOUR)
    assert ClockRepairs().run_once(now=now)["signs of life after a step of the clock"] == 1


@pytest.mark.parametrize("policy", ["skip", "latest", "all"])
def test_a_job_planned_an_hour_ahead_is_due_again_when_the_time_comes(
    repairs: ClockRepairs, policy: Any
) -> None:
    now = timezone.now()
    job: Job = make_job(schedule="* * * * *", misfire_policy=policy)
    JobState.objects.filter(job=job).update(next_run_at=now - timedelta(minutes=2))
    plan(now + HOUR)
    early = set(Run.objects.filter(state=RunState.QUEUED).values_list("scheduled_for", flat=True))

    assert repairs.run_once(now=now)["jobs planned again after a step of the clock"] == 1

    minutes = 70
    for minute in range(minutes):
        plan(now + timedelta(minutes=minute))
    runs = Run.objects.filter(job=job)
    ran = list(runs.filter(state=RunState.QUEUED).values_list("scheduled_for", flat=True))
    assert len(ran) == len(set(ran))
    assert early <= set(ran)
    ahead = [moment for moment in ran if moment > now]
    assert len(ahead) in {minutes - 1, minutes}, "each minute from now on has its one run"
    assert not runs.filter(state=RunState.SKIPPED, scheduled_for__gt=now).exists()
    assert not runs.filter(state=RunState.SKIPPED, skipped_until__gt=now).exists()


@pytest.mark.parametrize("policy", ["skip", "latest", "all"])
def test_what_is_skipped_after_the_clock_was_ahead_counts_no_moment_that_has_its_run(
    repairs: ClockRepairs, policy: Any
) -> None:
    now = timezone.now()
    job: Job = make_job(schedule="* * * * *", misfire_policy=policy, misfire_window_seconds=600)
    JobState.objects.filter(job=job).update(next_run_at=now)
    for minute in (10, 11, 30):  # the clock was ahead by so much, for a moment each
        plan(now + timedelta(minutes=minute))
        repairs.latest = now + timedelta(minutes=minute)
        repairs.run_once(now=now)
    ran = set(Run.objects.filter(state=RunState.QUEUED).values_list("scheduled_for", flat=True))
    assert len(ran) >= 3

    plan(now + timedelta(minutes=60))  # and nobody planned until then

    state = JobState.objects.get(job=job)
    expected = state.plan(job).between(now, now + timedelta(minutes=60), 100)
    records = Run.objects.filter(job=job, scheduled_for__gt=now)
    accounted: list[datetime] = []
    for run in records:
        moments = [run.scheduled_for]
        if run.state == RunState.SKIPPED:
            moments += state.plan(job).between(
                run.scheduled_for, run.skipped_until or run.scheduled_for, 100
            )
            assert len(moments) == run.skipped_count
        accounted += moments
    assert sorted(accounted) == list(expected)


def test_a_leader_that_was_gone_before_the_step_back_leads_no_longer() -> None:
    Leader.objects.all().delete()
    make_leader(holder="gone", expires_at=timezone.now() + HOUR)
    assert Lease("next").renew()
