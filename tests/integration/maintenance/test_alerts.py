"""What needs attention: opened when seen, said once, closed when it is over."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.maintenance.alerts import Alerts, failures
from jobs.models import Alert, AlertKind, JobState, Leader, Queue, Run, RunState, Worker
from jobs.queries.attention import alerts
from jobs.queries.attention.alerts import NEVER, open_alerts, scheduler_silence
from jobs.scheduler.lease import Lease
from tests.support.builders import make_job, make_leader, make_run, make_worker
from tests.support.threads import at_once

SOON = timedelta(seconds=90)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _all_is_well() -> None:
    make_leader()
    # Alive throughout, although the tests look from some time later.
    make_worker(heartbeat_at=timezone.now() + 24 * HOUR)


def look(after: timedelta = SOON) -> dict[str, int]:
    return Alerts().run_once(now=timezone.now() + after)


def kinds() -> list[str]:
    return sorted(alert.kind for alert in open_alerts(actor=SYSTEM))


def the_alert() -> Alert:
    (alert,) = open_alerts(actor=SYSTEM)
    return alert


def ended(job: object, *states: RunState) -> None:
    now = timezone.now()
    for state in states:
        make_run(job, state=state, started_at=now, finished_at=now, error="boom")  # type: ignore[arg-type]


def test_where_all_is_well_nothing_is_said_in_few_queries() -> None:
    job = make_job(schedule="0 4 1 1 *")
    ended(job, RunState.FAILED, RunState.SUCCEEDED)
    Run.objects.dead_letters().update(resolved_at=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        assert look() == {"opened": 0, "closed": 0}
    assert len(queries) <= 17
    assert open_alerts(actor=SYSTEM) == []


def test_a_job_that_was_due_and_is_not_planned_is_late_until_it_is_planned() -> None:
    job = make_job(name="nightly", schedule="0 4 1 1 *")
    due = timezone.now()
    JobState.objects.filter(job=job).update(next_run_at=due)
    assert look(timedelta(seconds=30)) == {"opened": 0, "closed": 0}
    assert look() == {"opened": 1, "closed": 0}
    alert = the_alert()
    assert (alert.kind, alert.subject, alert.job) == (AlertKind.LATE, str(job.pk), job)
    assert alert.message.startswith("nightly was due at ")
    JobState.objects.filter(job=job).update(next_run_at=due + 24 * HOUR)
    assert look() == {"opened": 0, "closed": 1}
    assert kinds() == []


def test_a_run_that_is_ready_and_does_not_start_makes_its_job_late_once() -> None:
    job = make_job(schedule="@manual")
    make_run(job)
    make_run(job, published_at=timezone.now(), publish_count=1)
    look()
    look()
    assert (the_alert().kind, the_alert().subject) == (AlertKind.LATE, str(job.pk))


def test_retries_cancelled_runs_and_paused_queues_are_not_late() -> None:
    job = make_job(schedule="@manual")
    make_run(job, available_at=timezone.now() + HOUR, attempt=1)
    make_run(job, cancel_requested_at=timezone.now())
    Queue.objects.create(name="mail", paused_at=timezone.now())
    make_run(job, queue="mail")
    look()
    assert kinds() == []


@pytest.mark.parametrize(
    ("states", "is_failing"),
    [
        ([RunState.FAILED, RunState.TIMED_OUT], True),
        ([RunState.SUCCEEDED, RunState.FAILED, RunState.FAILED], True),
        ([RunState.FAILED, RunState.SKIPPED, RunState.CANCELLED, RunState.FAILED], True),
        ([RunState.FAILED], False),
        ([RunState.FAILED, RunState.FAILED, RunState.SUCCEEDED], False),
        ([RunState.FAILED, RunState.SUCCEEDED, RunState.FAILED], False),
    ],
)
def test_a_job_is_failing_when_its_last_two_runs_failed(
    states: list[RunState], is_failing: bool
) -> None:
    job = make_job(schedule="@manual")
    ended(make_job(schedule="@manual"), RunState.FAILED)
    ended(job, *states)
    look()
    failing = [
        alert.subject for alert in open_alerts(actor=SYSTEM) if alert.kind == AlertKind.FAILING
    ]
    assert failing == ([str(job.pk)] if is_failing else [])


def test_a_failing_job_stays_so_until_it_succeeds_whatever_else_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(failures, "NEWEST_FAILURES", 2)
    job = make_job(schedule="@manual")
    ended(job, RunState.FAILED, RunState.FAILED)
    look()
    for _ in range(3):
        ended(make_job(schedule="@manual"), RunState.FAILED)
    look()
    assert AlertKind.FAILING in kinds()
    ended(job, RunState.SUCCEEDED)
    look()
    assert AlertKind.FAILING not in kinds()


def running(**fields: object) -> Run:
    now = timezone.now()
    defaults = {
        "state": RunState.RUNNING,
        "started_at": now,
        "worker": "w@here",
        "lease_expires_at": now + 24 * HOUR,
    }
    return make_run(make_job(schedule="@manual"), **(defaults | fields))


@pytest.mark.parametrize(
    ("field", "words"),
    [("lease_expires_at", "has sent no heartbeat"), ("deadline_at", "should have been stopped")],
)
def test_a_run_past_its_lease_or_deadline_that_nobody_ended_is_stuck(
    field: str, words: str
) -> None:
    run = running(**{field: timezone.now()})
    look(timedelta(seconds=20))
    assert kinds() == []  # recovery has its time
    look()
    assert (the_alert().kind, the_alert().subject) == (AlertKind.STUCK, str(run.pk))
    assert words in the_alert().message


def test_a_run_that_takes_three_times_the_usual_is_stuck() -> None:
    run, now = running(), timezone.now()
    for _ in range(5):
        make_run(
            run.job,
            state=RunState.SUCCEEDED,
            started_at=now,
            finished_at=now + timedelta(seconds=40),
        )
    look(timedelta(seconds=110))
    assert kinds() == []
    look(timedelta(seconds=130))
    assert "it usually takes at most 40 s" in the_alert().message
    Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED)
    look()
    assert kinds() == []


def test_what_is_usual_takes_five_successes_to_know() -> None:
    run, now = running(), timezone.now()
    for state in [RunState.SUCCEEDED] * 4 + [RunState.FAILED]:
        make_run(
            run.job,
            state=state,
            resolved_at=now,
            started_at=now,
            finished_at=now + timedelta(seconds=1),
        )
    look(HOUR)
    assert kinds() == []


def test_dead_letters_are_one_alert_a_job_with_their_number() -> None:
    job = make_job(schedule="@manual", name="nightly")
    ended(job, RunState.FAILED)
    look()
    assert (the_alert().kind, the_alert().message) == (
        AlertKind.DEAD_LETTERS,
        "nightly: 1 dead letter",
    )
    ended(job, RunState.SUCCEEDED, RunState.FAILED)
    look()
    assert the_alert().message == "nightly: 2 dead letters"
    Run.objects.dead_letters().update(resolved_at=timezone.now())
    look()
    assert kinds() == []


def test_beyond_the_limit_nothing_is_called_over(monkeypatch: pytest.MonkeyPatch) -> None:
    ended(make_job(schedule="@manual"), RunState.FAILED)
    look()
    monkeypatch.setattr(alerts, "DEAD_MOST", 1)
    for _ in range(3):
        ended(make_job(schedule="@manual"), RunState.FAILED)
    assert look()["closed"] == 0


def test_a_broken_schedule_is_quoted_until_it_is_mended() -> None:
    job = make_job(schedule="61 * * * *")
    look()
    assert the_alert().kind == AlertKind.BROKEN_SCHEDULE
    assert "minute" in the_alert().message
    job.schedule = "0 4 1 1 *"
    job.save()
    look()
    assert kinds() == []


@pytest.mark.parametrize("published", [False, True])
def test_a_queue_in_which_runs_wait_and_that_nobody_consumes_is_named(published: bool) -> None:
    Worker.objects.update(queues=["other"])
    make_run(
        make_job(schedule="@manual"),
        queue="mail",
        published_at=timezone.now() if published else None,
    )
    look(timedelta(seconds=20))
    assert (the_alert().kind, the_alert().subject) == (AlertKind.NO_CONSUMER, "mail")
    Worker.objects.update(queues=["mail"])
    look(timedelta(seconds=20))
    assert kinds() == []


def test_a_paused_queue_needs_no_consumer() -> None:
    Worker.objects.all().delete()
    Queue.objects.create(name="mail", paused_at=timezone.now())
    make_run(make_job(schedule="@manual"), queue="mail")
    look(timedelta(seconds=20))
    assert kinds() == []


def test_a_new_leader_tells_of_the_gap_before_it_for_an_hour() -> None:
    Leader.objects.update(expires_at=timezone.now() - HOUR)
    assert Lease("next").renew()
    look()
    assert the_alert().kind == AlertKind.SCHEDULER_SILENT
    assert the_alert().message.startswith("no scheduler was leading from ")
    Leader.objects.update(vacant_since=None)
    look(HOUR / 2)
    assert kinds() == [AlertKind.SCHEDULER_SILENT]
    look(2 * HOUR)
    assert kinds() == []


def test_a_leader_that_was_frozen_tells_of_its_own_gap() -> None:
    lease = Lease("here:1")
    Leader.objects.update(expires_at=timezone.now() - HOUR)
    assert lease.renew()
    look()
    assert kinds() == [AlertKind.SCHEDULER_SILENT]


def test_the_first_leader_of_all_and_a_quick_change_leave_no_gap() -> None:
    Leader.objects.all().delete()
    first = Lease("first")
    first.renew()
    look()
    first.release()
    Lease("second").renew()
    look()
    assert kinds() == []


def test_how_long_no_scheduler_has_led() -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    Leader.objects.update(expires_at=now)
    assert scheduler_silence(now - HOUR) is None
    assert scheduler_silence(now + HOUR) == HOUR
    Leader.objects.all().delete()
    assert scheduler_silence(now) == NEVER


def test_of_many_that_look_at_once_one_alert_is_opened() -> None:
    make_job(schedule="61 * * * *")
    at_once([look] * 3)
    assert Alert.objects.count() == 1


def test_what_comes_back_is_a_new_alert() -> None:
    job = make_job(schedule="@manual")
    for _ in range(2):
        ended(job, RunState.FAILED)
        look()
        Run.objects.all().delete()
        look()
    assert Alert.objects.filter(kind=AlertKind.DEAD_LETTERS, closed_at__isnull=False).count() == 2


def test_the_command_lists_the_open_alerts_and_a_scheduler_that_is_silent_now() -> None:
    make_job(schedule="61 * * * *", name="nightly")
    look()
    Leader.objects.all().delete()
    out = StringIO()
    call_command("alerts", "--json", stdout=out)
    assert [(row["kind"], row["job"]) for row in json.loads(out.getvalue())] == [
        ("scheduler_silent", None),
        ("broken_schedule", "nightly"),
    ]
    call_command("alerts", stdout=out)
    assert "nightly: " in out.getvalue()
