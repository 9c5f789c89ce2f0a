"""A lock that somebody keeps: nobody waits for it without end, the rest goes on, and who holds it
is said.
"""

from __future__ import annotations

import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.pauses import pause_job, resume_due
from jobs.database import locks
from jobs.database.locks import holders, is_lock_timeout
from jobs.database.unlocked import unlocked
from jobs.dispatch.overlap import release_waiting
from jobs.execution.outcome import outcomes
from jobs.lifecycle.claim import claim
from jobs.lifecycle.finish import finish
from jobs.maintenance.reconcile import Reconcile
from jobs.models import Job, JobState, Run, RunState, Scheduler
from jobs.scheduler import planner, set_aside
from jobs.scheduler.leader import LeaderThreads
from jobs.scheduler.lease import Lease
from jobs.scheduler.planner import plan_due
from jobs.scheduler.pulse import Pulse
from jobs.scheduler.tick import Tick
from tests.integration.execution.delivery import message_of, published_run
from tests.support.builders import make_job, make_run
from tests.support.configured import configured
from tests.support.locks import holding, locked
from tests.support.redis import RedisServer

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
TABLE = 'LOCK TABLE "beatwright_run" IN SHARE MODE'


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(planner, "aside", set_aside.SetAside())
    with configured(lock_wait_seconds=0.2, loop_lock_wait_seconds=0.2):
        connections.close_all()
        yield
    connections.close_all()


def make_due(*jobs: Job) -> None:
    past = timezone.now() - timedelta(seconds=1)
    JobState.objects.filter(job__in=jobs).update(next_run_at=past)


def test_rows_that_somebody_keeps_locked_are_left_out() -> None:
    stuck, free = make_run(), make_run()
    with locked(stuck):
        assert unlocked(Run.objects.all()).update(reason="seen") == 1
    free.refresh_from_db()
    assert free.reason == "seen"


def test_who_holds_a_lock_is_found_by_its_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()
    assert holders(seconds=0) == []
    with locked(run) as pid:
        (holder,) = holders(seconds=0)
    assert (holder.pid, holder.tables, holder.state, holder.waiting) == (
        pid,
        ["beatwright_run"],
        "idle in transaction",
        0,
    )


@pytest.mark.parametrize("what", ["job", "run of a job that replaces its runs"])
def test_one_locked_row_keeps_no_other_job_from_being_planned(
    what: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "NOTICED_AFTER_SECONDS", 0)
    stuck, free = (
        make_job(schedule="@daily", overlap_policy="cancel_running"),
        make_job(schedule="@daily"),
    )
    earlier = make_run(stuck, exclusive=True)
    make_due(stuck, free)
    with locked(stuck if what == "job" else earlier) as pid:
        plan_due(now=timezone.now())
        assert Run.objects.filter(job=free).exists()
        assert f"pid {pid}" in caplog.text
    monkeypatch.setattr(set_aside, "AGAIN_SECONDS", 0)
    planner.aside._again_at = dict.fromkeys(planner.aside._again_at, 0)
    assert plan_due(now=timezone.now()) == 1
    assert Run.objects.filter(job=stuck).count() == 2
    assert "no job waits for a lock any more" in caplog.text


def test_a_job_whose_state_is_locked_does_not_keep_the_loop_spinning(broker: RedisServer) -> None:
    job = make_job(schedule="@daily")
    make_due(job)
    turn = Tick()
    with locked(job.state):
        assert all(turn.run_once() >= 0.05 for _ in range(3))


def test_claiming_a_locked_run_ends_after_a_while_and_leaves_it_to_the_next_message(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = published_run()
    with locked(run):
        assert claim(message_of(run)) is None
    assert "could not be claimed" in caplog.text
    assert claim(message_of(run))


def test_the_end_of_a_run_waits_for_a_lock_no_longer_than_it_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = published_run()
    assert claim(message_of(run))
    outcome = outcomes.success("42", None)
    with holding(TABLE), pytest.raises(OperationalError) as raised:
        finish(message_of(run), outcome, patience_seconds=0.5)
    assert is_lock_timeout(raised.value)
    assert caplog.text.count("the database does not answer, trying again") == 1, (
        "however often it tried"
    )
    assert finish(message_of(run), outcome) == RunState.SUCCEEDED


def test_a_waiting_run_that_is_locked_keeps_no_other_waiting() -> None:
    stuck, free = (
        make_run(make_job(overlap_policy="queue"), exclusive=True, state="blocked")
        for _ in range(2)
    )
    with locked(stuck):
        assert release_waiting() == 1
    free.refresh_from_db()
    assert free.state == RunState.QUEUED


def test_a_lost_message_of_a_locked_run_keeps_no_other_from_being_found(
    broker: RedisServer,
) -> None:
    ago = timezone.now() - timedelta(minutes=5)
    stuck, free = (make_run(published_at=ago, publish_count=1) for _ in range(2))
    service = Reconcile()
    with locked(stuck):
        service.run_once(now=timezone.now())
        assert service.run_once(now=timezone.now()) == {"lost": 1}
    free.refresh_from_db()
    assert free.published_at is None


def test_a_locked_job_keeps_no_other_paused() -> None:
    past = timezone.now() - timedelta(minutes=5)
    stuck, free = (pause_job(make_job(), actor=SYSTEM, reason="", now=past) for _ in range(2))
    Job.objects.update(paused_until=past)
    with locked(stuck):
        assert resume_due(now=timezone.now()) == 1
    free.refresh_from_db()
    assert free.enabled


def test_a_schedulers_own_row_that_is_locked_does_not_cost_it_the_lead(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lease = Lease("here:1")
    pulse = Pulse("here:1", "here", time.monotonic)
    pulse.beat()
    threads = LeaderThreads(lease, pulse)
    with locked(Scheduler.objects.get()):
        for sign in threads.signs_of_life():
            sign.run()
        assert lease.is_held()
    assert "pulse: waits for a lock" in caplog.text


def test_a_page_and_a_request_that_wait_for_a_lock_say_so(admin_client: Client) -> None:
    job = make_job(name="nightly")
    with locked(job):
        page = admin_client.post(
            reverse("admin:beatwright_job_act", args=[job.pk, "pause"]), {"reason": "db move"}
        )
        answer = admin_client.post(
            f"/api/v1/jobs/{job.pk}/pause/", data={}, content_type="application/json"
        )
    assert [page.status_code, answer.status_code] == [503, 503], answer.content
    assert b"another transaction has locked" in answer.content.lower()


def test_in_a_project_a_request_waits_no_longer_and_leaves_its_connection_as_it_was(
    admin_client: Client,
) -> None:
    job = make_job(name="nightly")
    with override_settings(BEATWRIGHT={"lock_wait_seconds": 0.2}):
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '7s'")
        with locked(job):
            page = admin_client.post(
                reverse("admin:beatwright_job_act", args=[job.pk, "pause"]), {"reason": "db move"}
            )
            answer = admin_client.post(
                f"/api/v1/jobs/{job.pk}/pause/", data={}, content_type="application/json"
            )
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout')")
            assert cursor.fetchone() == ("7s",)
    assert [page.status_code, answer.status_code] == [503, 503], answer.content


def test_doctor_names_the_session_that_holds_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.queries.health.checks.locks.LONG_SECONDS", 0.0)
    run, out = make_run(), StringIO()
    with locked(run) as pid, pytest.raises(SystemExit):
        call_command("doctor", "--check", "locks", stdout=out)
    assert f"pid {pid}" in out.getvalue()
    assert f"pg_terminate_backend({pid})" in out.getvalue()
