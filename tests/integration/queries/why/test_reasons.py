"""Why not? Every reason for which a job or a run is not running, the most decisive first."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.pauses import pause_job
from jobs.models import Job, JobState, Leader, Queue, Run, RunState, Worker
from jobs.queries.lookup import find_job
from jobs.queries.why.answer import Explanation
from jobs.queries.why.job import why_job, why_run
from tests.support.builders import by, make_job, make_leader, make_pool, make_run, make_worker

NOW = timezone.now()
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _all_is_well() -> None:
    make_leader()
    make_worker()


def of_job(job: Job) -> Explanation:
    return why_job(find_job(str(job.pk), actor=SYSTEM), now=timezone.now())


def of_run(run: Run) -> Explanation:
    run.refresh_from_db()
    return why_run(run, now=timezone.now())


def codes(answer: Explanation) -> list[str]:
    return [reason.code for reason in answer.reasons]


def test_a_job_that_waits_for_its_time_says_when() -> None:
    job = make_job(schedule="0 4 1 1 *")
    answer = of_job(job)
    assert codes(answer) == ["not_due"]
    assert answer.until == JobState.objects.get(job=job).next_run_at
    assert "next due at" in answer.sentence


def test_a_paused_job_says_by_whom_since_when_until_when_and_why() -> None:
    now, job = timezone.now(), make_job()
    pause_job(job, actor=by("ana"), reason="db move", until=now + HOUR, now=now)
    answer = of_job(job)
    assert (answer.code, answer.since, answer.until) == ("paused", now, now + HOUR)
    assert answer.facts == {"by": "ana", "reason": "db move"}
    assert answer.sentence.startswith("It is paused (by ana, since ")
    assert answer.sentence.endswith(": db move.")


def test_an_archived_job_says_so_and_nothing_of_being_paused() -> None:
    assert codes(of_job(make_job(archived_at=NOW, enabled=False))) == ["archived"]


def test_a_broken_schedule_is_quoted() -> None:
    answer = of_job(make_job(schedule="61 * * * *"))
    assert codes(answer) == ["schedule_broken"]
    assert "minute" in answer.sentence


def test_a_manual_job_waits_for_people() -> None:
    assert codes(of_job(make_job(schedule="@manual"))) == ["manual"]


def test_a_job_after_its_end_has_ended() -> None:
    answer = of_job(make_job(starts_at=NOW - 2 * HOUR, ends_at=NOW - HOUR))
    assert (codes(answer), answer.since) == (["ended"], NOW - HOUR)


def test_a_one_off_that_is_past_has_ended() -> None:
    job = make_job(schedule="2999-01-01T00:00:00Z")
    JobState.objects.filter(job=job).update(next_run_at=None, last_scheduled_for=NOW)
    assert "only occurrence" in of_job(job).sentence


def test_a_job_before_its_start_says_when_it_begins() -> None:
    starts = (NOW + timedelta(days=3)).replace(microsecond=0)
    answer = of_job(make_job(schedule="@every 1h", starts_at=starts))
    assert (codes(answer), answer.until) == (["before_start"], starts)


def test_a_job_changed_behind_the_application_is_out_of_step() -> None:
    job = make_job(enabled=False)
    Job.objects.filter(pk=job.pk).update(enabled=True)
    assert codes(of_job(job)) == ["out_of_step"]


def test_a_due_job_without_a_scheduler_blames_the_scheduler() -> None:
    job = make_job()
    Leader.objects.update(expires_at=NOW - HOUR)
    JobState.objects.filter(job=job).update(next_run_at=NOW - HOUR / 2)
    answer = of_job(job)
    assert codes(answer) == ["scheduler_silent", "due"]
    assert answer.since == NOW - HOUR


def test_where_no_scheduler_ever_ran_that_is_said() -> None:
    Leader.objects.all().delete()
    answer = of_job(make_job(schedule="0 4 1 1 *"))
    assert codes(answer) == ["not_due", "scheduler_silent"]
    assert "ever" in answer.reasons[1].sentence


def test_what_would_be_in_the_way_is_told_before_it_is_due() -> None:
    Queue.objects.create(name="mail", paused_at=NOW, paused_by="bo")
    assert codes(of_job(make_job(queue="mail", schedule="0 4 1 1 *"))) == [
        "not_due",
        "queue_paused",
        "no_consumer",
    ]


def test_the_last_occurrence_that_was_skipped_is_told_with_its_reason() -> None:
    job = make_job(schedule="0 4 1 1 *")
    make_run(job, state=RunState.SKIPPED, reason="overlap: run x is not over", finished_at=NOW)
    answer = of_job(job)
    assert codes(answer) == ["not_due", "last_skipped"]
    assert "overlap: run x is not over" in answer.reasons[1].sentence


def test_a_job_that_runs_says_so_first_even_if_it_is_paused() -> None:
    job = make_job(enabled=False)
    run = make_run(job, state=RunState.RUNNING, worker="w@here", started_at=NOW, attempt=1)
    answer = of_job(job)
    assert codes(answer) == ["running", "paused"]
    assert answer.facts["run"] == str(run.pk)


def test_a_running_exclusive_run_is_found_behind_a_long_row_of_skips() -> None:
    job = make_job(overlap_policy="skip")
    running = make_run(
        job, state=RunState.RUNNING, exclusive=True, worker="w", started_at=NOW, attempt=1
    )
    for _ in range(101):
        make_run(job, state=RunState.SKIPPED, reason="overlap", finished_at=NOW)
    assert of_job(job).facts["run"] == str(running.pk)


QUEUED: list[tuple[str, Callable[[], object], dict[str, Any]]] = [
    ("ready", lambda: None, {}),
    ("cancel_requested", lambda: None, {"cancel_requested_at": NOW}),
    (
        "queue_paused",
        lambda: Queue.objects.create(name="default", paused_at=NOW, paused_by="bo"),
        {},
    ),
    (
        "messages_taken",
        lambda: Queue.objects.create(name="default", taken_at=NOW, taken_by="celery@shop"),
        {},
    ),
    ("no_consumer", lambda: Worker.objects.update(stopped_at=NOW), {}),
    ("no_consumer", lambda: Worker.objects.update(heartbeat_at=NOW - HOUR), {}),
    ("no_consumer", lambda: Worker.objects.update(queues=["other"]), {}),
    ("task_unknown", lambda: Worker.objects.update(tasks=["Other"]), {}),
    ("retrying", lambda: None, {"available_at": NOW + HOUR, "attempt": 1, "error": "boom"}),
    ("delayed", lambda: None, {"available_at": NOW + HOUR}),
    ("scheduler_silent", lambda: Leader.objects.update(expires_at=NOW - HOUR), {}),
    ("waiting_for_worker", lambda: None, {"published_at": NOW, "publish_count": 1}),
]


@pytest.mark.parametrize(("code", "circumstance", "fields"), QUEUED)
def test_a_queued_run_names_what_it_waits_for(
    code: str, circumstance: Callable[[], object], fields: dict[str, Any]
) -> None:
    run = make_run(**fields)
    circumstance()
    assert of_run(run).code == code
    in_job = next(reason for reason in of_job(run.job).reasons if reason.code == code)
    assert in_job.facts["run"] == str(run.pk)


def test_a_retry_says_when_it_is_due() -> None:
    run = make_run(available_at=NOW + HOUR, attempt=2)
    assert of_run(run).until == NOW + HOUR


def test_a_run_that_waits_after_a_loss_says_what_became_of_its_attempt() -> None:
    run = make_run(available_at=NOW, attempt=2, losses=1, worker_losses=1, reason="its worker died")
    reasons = {reason.code: reason for reason in of_run(run).reasons}
    assert reasons["attempt_lost"].sentence == "Attempt 2 was lost: its worker died."
    assert reasons["attempt_lost"].facts["worker_losses"] == 1


def test_a_run_knows_how_many_are_ahead_of_it() -> None:
    for minutes in (1, 2):
        make_run(available_at=NOW - timedelta(minutes=minutes))
    make_run(queue="other", available_at=NOW - HOUR)
    run = make_run(available_at=NOW)
    answer = of_run(run)
    assert (answer.code, answer.facts) == ("behind", {"ahead": 2, "more": False})


def test_a_blocked_run_names_the_run_it_waits_for() -> None:
    job = make_job(overlap_policy="queue")
    first = make_run(job, state=RunState.RUNNING, exclusive=True)
    waiting = make_run(job, state=RunState.BLOCKED, exclusive=True)
    answer = of_run(waiting)
    assert (answer.code, answer.facts["waits_for"]) == ("overlap", str(first.pk))


def test_a_running_run_shows_worker_progress_and_a_lost_lease() -> None:
    run = make_run(
        state=RunState.RUNNING,
        worker="w@here",
        started_at=NOW,
        attempt=1,
        lease_expires_at=NOW - HOUR,
        progress={"done": 3},
    )
    answer = of_run(run)
    assert codes(answer) == ["worker_lost", "running"]
    assert answer.reasons[1].facts["progress"] == {"done": 3}


@pytest.mark.parametrize("state", RunState.final())
def test_a_run_that_is_over_says_how_it_ended(state: RunState) -> None:
    run = make_run(state=state, finished_at=NOW, reason="because", attempt=1)
    answer = of_run(run)
    assert (codes(answer), answer.since) == ([state.value], NOW)
    assert "because" in answer.sentence


@pytest.mark.parametrize("open_state", [RunState.QUEUED, RunState.BLOCKED, RunState.SUCCEEDED])
def test_a_job_is_answered_for_in_six_queries_however_long_its_history(
    open_state: RunState,
) -> None:
    job = make_job(overlap_policy="queue")
    for _ in range(100):
        make_run(job, state=RunState.SUCCEEDED, finished_at=NOW)
    make_run(job, state=open_state)
    found = find_job(str(job.pk), actor=SYSTEM)
    with CaptureQueriesContext(connection) as queries:
        why_job(found, now=timezone.now())
    assert len(queries) <= 6


def test_a_run_is_answered_for_in_four_queries() -> None:
    run = make_run()
    with CaptureQueriesContext(connection) as queries:
        why_run(run, now=timezone.now())
    assert len(queries) <= 4


def test_a_run_of_a_pool_is_answered_for_in_six_queries() -> None:
    make_pool("gpu", slots=1)
    make_run(pool="gpu", published_at=NOW)
    run = make_run(pool="gpu")
    with CaptureQueriesContext(connection) as queries:
        why_run(run, now=timezone.now())
    assert len(queries) <= 6


def manage(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_the_command_prints_sentences_or_json() -> None:
    job = make_job(name="nightly", schedule="@manual")
    run = make_run(job, state=RunState.FAILED, finished_at=NOW, error="boom")
    assert "runs only when started manually" in manage("job", "why", "nightly")
    assert "boom" in manage("run", "why", str(run.pk))
    told = json.loads(manage("job", "why", "--id", str(job.pk), "--json"))
    assert told["code"] == told["reasons"][0]["code"] == "manual"
    assert json.loads(manage("run", "why", str(run.pk), "--json"))["facts"]["dead_letter"] is True
