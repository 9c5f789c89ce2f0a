"""Run now, pause, resume."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.actions.pauses import pause_job, resume_due, resume_job
from jobs.actions.runs.run import rerun, run_now
from jobs.errors import DomainError, InvalidParams
from jobs.models import Job, Run, Trigger
from tests.support.builders import by, make_job
from tests.support.redis import RedisServer


def test_run_now_publishes_at_once(broker: RedisServer) -> None:
    answer = run_now(make_job(), actor=by("ana"), now=timezone.now())
    assert (answer.note, answer.created, answer.run.trigger) == ("", True, Trigger.MANUAL)
    assert answer.run.publish_count == 1


def test_a_paused_job_can_be_run_by_hand(broker: RedisServer) -> None:
    assert (
        run_now(make_job(enabled=False), actor=by("ana"), now=timezone.now()).run.publish_count == 1
    )


def test_run_now_waits_in_the_database_when_the_broker_is_away(broker: RedisServer) -> None:
    broker.stop()
    answer = run_now(make_job(), actor=by("ana"), now=timezone.now())
    assert "broker cannot be reached" in answer.note
    assert answer.run.published_at is None
    assert answer.run.state == "queued"


def test_the_same_key_of_the_same_job_runs_once(broker: RedisServer) -> None:
    job = make_job()
    first = run_now(job, actor=by("ana"), now=timezone.now(), key="order-7")
    again = run_now(job, actor=by("ana"), now=timezone.now(), key="order-7")
    assert (again.run.pk, again.created) == (first.run.pk, False)
    assert Run.objects.count() == 1


def test_params_for_one_run_are_checked_and_leave_the_job_alone(broker: RedisServer) -> None:
    job = make_job(task="LogTask", params={"message": "own"})
    with pytest.raises(InvalidParams):
        run_now(job, actor=by("ana"), now=timezone.now(), params={"message": 1})
    answer = run_now(job, actor=by("ana"), now=timezone.now(), params={"message": "once"})
    assert answer.run.params == {"message": "once"}
    assert Job.objects.get().params == {"message": "own"}
    assert Run.objects.count() == 1


def test_a_rerun_repeats_the_old_params_and_links_to_its_parent(broker: RedisServer) -> None:
    job = make_job(task="LogTask", params={"message": "old"})
    old = run_now(job, actor=by("ana"), now=timezone.now()).run
    Job.objects.update(params={"message": "new"})
    answer = rerun(Run.objects.get(pk=old.pk), actor=by("ana"), now=timezone.now())
    assert (answer.run.params, answer.run.parent_id, answer.run.trigger) == (
        {"message": "old"},
        old.pk,
        Trigger.RERUN,
    )


def test_an_archived_job_can_be_neither_run_nor_paused() -> None:
    job = make_job(enabled=False, archived_at=timezone.now())
    with pytest.raises(DomainError):
        run_now(job, actor=by("ana"), now=timezone.now())
    with pytest.raises(DomainError):
        pause_job(job, actor=by("ana"), now=timezone.now())


def test_a_pause_keeps_who_why_and_until_and_a_resume_forgets_them() -> None:
    job = make_job(schedule="* * * * *")
    until = timezone.now() + timedelta(hours=1)
    paused = pause_job(job, actor=by("ana"), reason="db move", until=until, now=timezone.now())
    assert (paused.paused_by, paused.paused_reason, paused.paused_until) == (
        "ana",
        "db move",
        until,
    )
    assert paused.state.next_run_at is None
    resumed = resume_job(job, actor=by("ben"), now=timezone.now())
    assert (resumed.enabled, resumed.paused_by, resumed.paused_until) == (True, "", None)
    assert Job.objects.get().state.next_run_at is not None


def test_a_pause_ends_by_itself() -> None:
    job = make_job()
    now = timezone.now()
    pause_job(job, actor=by("ana"), until=now + timedelta(hours=1), now=now)
    assert resume_due(now=now) == 0
    assert resume_due(now=now + timedelta(hours=2)) == 1
    assert Job.objects.get().enabled


def test_a_pause_until_the_past_is_refused() -> None:
    with pytest.raises(DomainError) as caught:
        pause_job(
            make_job(), actor=by("ana"), until=timezone.now() - timedelta(1), now=timezone.now()
        )
    assert caught.value.field == "paused_until"
    assert Job.objects.get().enabled
