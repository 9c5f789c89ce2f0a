from __future__ import annotations

import os
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from celery import states
from django.db import OperationalError, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_results.models import TaskResult
from pytest_django import Settings

from jobs import events
from jobs.dispatch.messages.message import headers_of
from jobs.dispatch.messages.outgoing import outgoing_of
from jobs.lifecycle.claim import Claim, WrongTask, _Claiming, claim
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.lifecycle.rows import ClaimableRun
from jobs.lifecycle.statements import START
from jobs.models import Run, RunState
from tests.integration.execution.delivery import (
    HERE,
    attempts_of,
    message_of,
    published_run,
    republished,
)
from tests.support.builders import make_job, make_run
from tests.support.threads import at_once


def test_a_claim_starts_an_attempt_with_a_lease_and_the_runs_params() -> None:
    run = published_run(make_job(params={"to": "a@b.example", "api_key": "hush"}))

    claimed = claim(message_of(run))

    run.refresh_from_db()
    assert claimed
    assert claimed.params == {"to": "a@b.example", "api_key": "hush"}
    assert (run.state, run.attempt, run.worker, run.deadline_at) == (
        RunState.RUNNING,
        1,
        HERE,
        None,
    )
    assert run.started_at
    assert run.lease_expires_at
    assert run.lease_expires_at - run.started_at == pytest.approx(
        timedelta(seconds=60), abs=timedelta(seconds=1)
    )
    [attempt] = attempts_of(run)
    assert (attempt.task_id, attempt.status, attempt.worker) == (run.message_id, "STARTED", HERE)
    assert (attempt.periodic_task_name, attempt.task_name) == (run.job.name, run.task)
    assert "a@b.example" in attempt.task_kwargs
    assert "hush" not in attempt.task_kwargs


def test_a_job_with_a_timeout_gives_its_runs_a_deadline() -> None:
    run = published_run(make_job(timeout_seconds=90))

    claim(message_of(run))

    run.refresh_from_db()
    assert run.deadline_at
    assert run.started_at
    assert run.deadline_at - run.started_at == pytest.approx(
        timedelta(seconds=90), abs=timedelta(seconds=1)
    )


def test_the_site_gives_a_deadline_to_jobs_without_one(settings: Settings) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"default_timeout_seconds": 90}
    run, own = published_run(), published_run(make_job(timeout_seconds=30))
    for each, seconds in ((run, 90), (own, 30)):
        [sent] = outgoing_of([each])
        assert headers_of(sent)["beatwright_timeout"] == seconds
        claim(message_of(each))
        each.refresh_from_db()
        assert each.deadline_at
        assert each.started_at
        took = each.deadline_at - each.started_at
        assert took == pytest.approx(timedelta(seconds=seconds), abs=timedelta(seconds=1))


def test_of_many_workers_with_the_same_message_one_claims_the_run() -> None:
    run = published_run()

    claims = at_once([partial(claim, message_of(run, worker=f"worker{n}@here")) for n in range(8)])

    run.refresh_from_db()
    assert len([claimed for claimed in claims if claimed]) == 1
    assert run.attempt == 1
    assert len(attempts_of(run)) == 1


def test_the_same_worker_does_not_claim_a_run_twice() -> None:
    run = published_run()

    assert claim(message_of(run))
    assert claim(message_of(run)) is None


def test_a_stale_message_is_dropped() -> None:
    run = published_run()
    stale = message_of(run)
    republished(run)

    assert claim(stale) is None

    run.refresh_from_db()
    assert (run.state, run.attempt) == (RunState.QUEUED, 0)
    assert run.published_at is not None
    assert claim(message_of(run))


@pytest.mark.parametrize("state", [s for s in RunState if s != RunState.QUEUED])
def test_a_run_that_is_not_queued_is_not_claimed(state: RunState) -> None:
    run = published_run(state=state)

    assert claim(message_of(run)) is None

    run.refresh_from_db()
    assert (run.state, run.attempt) == (state, 0)


def test_a_run_that_is_to_be_cancelled_is_not_claimed() -> None:
    run = published_run(cancel_requested_at=timezone.now())

    assert claim(message_of(run)) is None


def test_a_run_of_an_archived_job_is_claimed() -> None:
    run = published_run(make_job(archived_at=timezone.now()))

    assert claim(message_of(run))


def test_a_message_that_comes_before_its_time_is_taken_back_to_be_published_again() -> None:
    run = published_run(available_at=timezone.now() + timedelta(minutes=5))

    assert claim(message_of(run)) is None

    run.refresh_from_db()
    assert (run.state, run.published_at, run.publish_count) == (RunState.QUEUED, None, 1)


def test_a_message_of_an_unknown_run_is_dropped() -> None:
    run = make_run()
    message = message_of(run)
    run.delete()

    assert claim(message) is None
    assert not TaskResult.objects.exists()


def test_a_message_that_is_dropped_leaves_a_line_that_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "jobs.lifecycle.claim")

    assert claim(message_of(published_run(state=RunState.SUCCEEDED))) is None
    assert claim(message_of(published_run(cancel_requested_at=timezone.now()))) is None
    assert claim(Message(uuid.uuid4(), 1, "w@here")) is None

    told = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert told == [
        "message dropped, its run is succeeded",
        "message dropped, its run may not begin yet, was called back, or has just been taken",
        "message dropped, there is no run with this message",
    ]


def test_a_message_of_another_task_claims_nothing_and_leaves_the_run_as_it_was() -> None:
    run = published_run()
    forged = replace(message_of(run), task_name="RunCommand")

    with pytest.raises(WrongTask):
        claim(forged)
    taken = START.execute(
        run=run.pk, publish=1, task="RunCommand", attempt=1, worker="w@here",
        lease=timedelta(seconds=9), timeout=None,
        task_id=run.message_id, job_name="", attempt_worker="w@here", task_kwargs="{}", meta="{}",
    )  # fmt: skip

    assert taken == 0, "nor would the update itself have let it in"
    run.refresh_from_db()
    assert (run.state, run.attempt, run.publish_count, run.worker) == (RunState.QUEUED, 0, 1, "")
    assert run.published_at
    assert not TaskResult.objects.exists()
    assert claim(message_of(run))


def test_a_claim_whose_answer_was_lost_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    run = published_run()
    take = _Claiming._take
    answers = iter([OperationalError("connection lost after the commit"), None])

    def take_and_lose_the_answer(self: _Claiming, row: ClaimableRun) -> bool:
        taken = take(self, row)
        if error := next(answers, None):
            raise error
        return taken

    monkeypatch.setattr(_Claiming, "_take", take_and_lose_the_answer)

    claimed = claim(message_of(run))

    run.refresh_from_db()
    assert claimed
    assert claimed.attempt == run.attempt == 1


def test_a_claim_in_doubt_does_not_take_what_another_process_of_the_worker_has() -> None:
    run = published_run()
    theirs = _Claiming(message_of(run))
    theirs.pid = os.getpid() + 1
    assert isinstance(theirs(), Claim)

    ours = _Claiming(message_of(run))
    ours.in_doubt = True

    assert ours() is None


def test_a_claim_waits_for_a_database_that_drops_connections() -> None:
    run = published_run()
    message = message_of(run)
    connection = connections["lifecycle"]
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no server that could drop a connection")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    assert claim(message)


def test_on_postgresql_a_claim_writes_with_one_statement_and_a_success_is_one() -> None:
    """Each is an exchange with the server, and there are no others: no BEGIN, no COMMIT."""
    connection = connections["lifecycle"]
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no exchanges, and no such statement")
    run = published_run()

    with CaptureQueriesContext(connection) as asked:
        claimed = claim(message_of(run))
    with CaptureQueriesContext(connection) as told:
        finish(
            message_of(run), Outcome(Ending.SUCCEEDED, states.SUCCESS, result="1"), claimed=claimed
        )

    assert [query["sql"].split()[0] for query in (*asked, *told)] == ["SELECT", "WITH", "WITH"]
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED


def test_listeners_hear_of_a_claim() -> None:
    run = published_run()
    heard: list[tuple[Any, ...]] = []

    def listen(sender: object, **said: Any) -> None:
        heard.append((said["run_id"], said["job_id"], said["attempt"], said["worker"]))

    events.run_claimed.connect(listen)
    try:
        claim(message_of(run))
    finally:
        events.run_claimed.disconnect(listen)

    assert heard == [(run.id, run.job_id, 1, HERE)]


def test_times_are_the_databases() -> None:
    run = published_run()

    before = datetime.now(UTC) - timedelta(seconds=1)
    claim(message_of(run))

    run.refresh_from_db()
    assert run.started_at
    assert before <= run.started_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert Run.objects.get(pk=run.pk).lease_expires_at
