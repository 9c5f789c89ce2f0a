from __future__ import annotations

import json
import logging
import sys
import time
from datetime import timedelta
from typing import Any

import pytest
from celery.app.trace import build_tracer
from celery.exceptions import Ignore, Reject
from django.db import transaction
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.execution.outcome import outcomes
from jobs.models import Job, RunLog, RunState
from jobs.moments import iso
from scheduler_site.celery import app
from tests.integration.execution.delivery import (
    HERE,
    attempts_of,
    deliver,
    explode,
    job_for,
    published_run,
)

SOON = timedelta(seconds=3)


def test_the_body_gets_the_runs_params_and_its_result_is_kept() -> None:
    run = published_run(job_for(add, job={"params": {"a": 1, "b": 2}}))

    deliver(run)

    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 1)
    assert json.loads(attempts_of(run)[0].result) == 3


def add(self: Any, a: int, b: int) -> int:
    return a + b


def test_the_body_is_told_its_run_attempt_and_moment() -> None:
    def tell(self: Any) -> list[Any]:
        return [
            self.request.run,
            self.request.attempt,
            self.request.scheduled_for,
            self.request.kwargs,
        ]

    run = published_run(job_for(tell))
    deliver(run)

    assert json.loads(attempts_of(run)[0].result) == [str(run.id), 1, iso(run.scheduled_for), {}]


def test_a_second_delivery_of_the_message_runs_nothing() -> None:
    starts: list[int] = []

    def count(self: Any) -> None:
        starts.append(1)

    run = published_run(job_for(count))
    for _ in range(5):
        deliver(run)

    assert (len(starts), run.attempt, len(attempts_of(run))) == (1, 1, 1)


def test_an_exception_fails_the_run_with_its_first_line() -> None:
    run = published_run(job_for(explode))

    deliver(run)

    assert (run.state, run.error, run.failures) == (
        RunState.FAILED,
        "ValueError: no such customer",
        1,
    )
    assert "in explode" in attempts_of(run)[0].traceback


def test_a_body_that_raises_ignore_has_succeeded_without_a_result() -> None:
    def nothing_to_do(self: Any) -> None:
        raise Ignore("nothing new")

    run = published_run(job_for(nothing_to_do))
    deliver(run)

    assert (run.state, run.reason) == (RunState.SUCCEEDED, "ignored by the task: nothing new")
    assert attempts_of(run)[0].status == "IGNORED"


def test_a_body_that_states_its_failure_and_raises_ignore_has_failed() -> None:
    def fail_by_hand(self: Any) -> None:
        self.update_state(
            state="FAILURE", meta={"exc_type": "Closed", "exc_message": ["shop is closed"]}
        )
        raise Ignore

    run = published_run(job_for(fail_by_hand))
    deliver(run)

    assert (run.state, run.error) == (RunState.FAILED, "Closed: shop is closed")


def test_a_body_that_rejects_has_failed() -> None:
    def refuse(self: Any) -> None:
        raise Reject("not mine", requeue=False)

    run = published_run(job_for(refuse))
    deliver(run)

    assert (run.state, run.reason, run.error) == (
        RunState.FAILED,
        "rejected by the task",
        "not mine",
    )


def test_a_body_that_rejects_to_be_requeued_is_retried() -> None:
    def not_now(self: Any) -> None:
        raise Reject("not now", requeue=True)

    run = published_run(job_for(not_now))
    deliver(run)

    assert (run.state, run.failures) == (RunState.QUEUED, 1)


def test_a_large_result_is_cut_to_a_mark_that_is_still_json() -> None:
    def talk(self: Any) -> str:
        return '"' * 200_000

    run = published_run(job_for(talk))
    deliver(run)

    stored = attempts_of(run)[0].result
    assert run.state == RunState.SUCCEEDED
    assert len(stored) <= 64 * 1024
    assert (json.loads(stored)["truncated"], json.loads(stored)["bytes"]) == (True, 400_002)


def test_a_result_without_json_does_not_undo_the_success() -> None:
    def make(self: Any) -> object:
        return object()

    run = published_run(job_for(make))
    deliver(run)

    assert run.state == RunState.SUCCEEDED
    assert json.loads(attempts_of(run)[0].result)["unserializable"] == "object"


def test_text_that_no_database_takes_is_stored_all_the_same() -> None:
    def mumble(self: Any) -> None:
        raise ValueError("nul \x00 and half a pair \ud800")

    run = published_run(job_for(mumble))
    deliver(run)

    assert run.state == RunState.FAILED
    assert run.error.startswith("ValueError: nul \ufffd and half a pair")


def test_an_error_of_a_megabyte_is_cut_and_celery_can_still_read_it() -> None:
    def shout(self: Any) -> None:
        raise ValueError("é" * 1_000_000)

    run = published_run(job_for(shout))
    deliver(run)

    [attempt] = attempts_of(run)
    assert run.state == RunState.FAILED
    assert len(run.error) < 500
    assert len(attempt.result) + len(attempt.traceback) < 150_000
    assert isinstance(app.AsyncResult(run.message_id).result, ValueError)


@pytest.mark.parametrize("predicate", [Ignore, Reject])
def test_a_reason_of_any_length_is_stored(predicate: type[Exception]) -> None:
    def explain(self: Any) -> None:
        raise predicate("because " * 500 + "\x00")

    run = published_run(job_for(explain))
    deliver(run)

    assert run.state in {RunState.SUCCEEDED, RunState.FAILED}
    assert "because" in run.reason + run.error


def test_an_outcome_that_the_database_refuses_still_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outcomes, "bounded_json", lambda *_: "half a pair: \ud800")

    run = published_run(job_for(add, job={"params": {"a": 1, "b": 2}}))
    deliver(run)

    assert (run.state, run.reason[:38]) == (
        RunState.SUCCEEDED,
        "what it left could not be stored: Unic",
    )
    assert attempts_of(run)[0].status == "SUCCESS"


def test_a_body_that_leaves_a_transaction_open_does_not_stand_in_its_own_way() -> None:
    def leave_open(self: Any) -> None:
        transaction.set_autocommit(False)
        Job.objects.update(owner="never committed")

    run = published_run(job_for(leave_open))
    started = time.monotonic()
    deliver(run)

    assert time.monotonic() - started < 10
    assert run.state == RunState.SUCCEEDED
    assert not Job.objects.filter(owner="never committed").exists()


def test_a_task_that_calls_itself_as_a_function_is_one_attempt() -> None:
    def factorial(self: Any, n: int) -> int:
        return n * self(n=n - 1) if n > 1 else 1

    run = published_run(job_for(factorial, job={"params": {"n": 5}}))
    deliver(run)

    assert (run.state, json.loads(attempts_of(run)[0].result), run.attempt) == (
        RunState.SUCCEEDED,
        120,
        1,
    )


def test_a_body_inside_a_transaction_does_not_hide_its_run() -> None:
    def work(self: Any) -> None:
        with transaction.atomic():
            Job.objects.filter(name="nobody").update(owner="x")
            self.update_state(state="PROGRESS", meta={"current": 1})

    run = published_run(job_for(work))
    deliver(run)

    assert run.state == RunState.SUCCEEDED


def test_a_plain_task_is_celerys_and_django_celery_results_as_ever() -> None:
    def plain(self: Any, x: int) -> int:
        return x + 1

    task = app.tasks[job_for(plain).task]
    request = {
        "id": "plain-1",
        "hostname": HERE,
        "delivery_info": {},
        "argsrepr": "(1,)",
        "task": task.name,
    }
    build_tracer(task.name, task, hostname=HERE, app=app)("plain-1", [1], {}, request)

    stored = TaskResult.objects.get(task_id="plain-1")
    assert (stored.status, stored.result, stored.task_args) == ("SUCCESS", "2", '"(1,)"')
    assert "run" not in json.loads(stored.meta)
    assert task.apply((4,)).get() == 5
    assert not RunLog.objects.exists()


def test_a_plain_retry_is_celerys() -> None:
    def again(self: Any) -> None:
        self.retry(countdown=0, max_retries=1, exc=ValueError("enough"))

    with pytest.raises(ValueError, match="enough"):
        app.tasks[job_for(again).task].apply().get()


def test_expired_results_of_plain_tasks_go_and_attempts_stay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.ERROR)
    run = published_run(job_for(add, job={"params": {"a": 1, "b": 1}}))
    deliver(run)
    TaskResult.objects.create(task_id="plain-2", status="SUCCESS")
    TaskResult.objects.update(date_done=timezone.now() - timedelta(days=9))
    backend: Any = app.backend
    backend.expires = timedelta(days=1)
    try:
        backend.cleanup()
    finally:
        backend.expires = None

    assert [result.task_id for result in TaskResult.objects.all()] == [run.message_id]


@pytest.mark.parametrize(
    ("code", "state"), [(None, RunState.SUCCEEDED), (0, RunState.SUCCEEDED), (3, RunState.FAILED)]
)
def test_a_body_that_exits_ends_itself_and_not_its_worker(
    code: int | None, state: RunState
) -> None:
    def leave(self: Any) -> None:
        sys.exit(code)

    run = published_run(job_for(leave))
    deliver(run)

    assert run.state == state
    assert run.error == ("RuntimeError: the task called sys.exit(3)" if code else "")
