"""``beatwright.finish``: what a body writes and the end of its run are committed together, or
neither is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery.exceptions import Ignore
from django.db import IntegrityError, transaction

import beatwright
from jobs import events
from jobs.models import Pool, Run, RunLog, RunState
from tests.integration.execution.delivery import (
    attempts_of,
    deliver,
    job_for,
    published_run,
    republished,
)
from tests.support.builders import make_pool, make_secret


def written() -> list[str]:
    return sorted(Pool.objects.values_list("name", flat=True))


def log_of(run: Run) -> str:
    return "".join(RunLog.objects.filter(run=run).order_by("seq").values_list("text", flat=True))


def test_what_the_body_wrote_and_the_success_are_there_when_the_block_is_left() -> None:
    seen: list[Any] = []

    def close_books(self: Any) -> str:
        with beatwright.finish() as end:
            make_pool("books")
            end.result = {"rows": 1}
            seen.append(Run.objects.get().state)
        seen.append(Run.objects.get().state)
        return "what is returned is not kept"

    run = published_run(job_for(close_books))
    told: list[Any] = []
    with listening(events.run_finished, told):
        deliver(run)

    assert seen == [RunState.RUNNING, RunState.SUCCEEDED]
    assert (run.state, run.attempt, run.finished_at is None) == (RunState.SUCCEEDED, 1, False)
    assert json.loads(attempts_of(run)[0].result) == {"rows": 1}
    assert attempts_of(run)[0].status == "SUCCESS"
    assert [each["run_id"] for each in told] == [run.pk], "told once"
    assert written() == ["books"]


def test_an_error_in_the_block_takes_back_what_was_written_and_the_run_is_retried() -> None:
    def close_books(self: Any) -> None:
        with beatwright.finish():
            make_pool("books")
            if self.request.attempt == 1:
                raise ConnectionError("the bank went away")

    run = published_run(job_for(close_books, job={"max_retries": 3, "retry_backoff_seconds": 0}))
    deliver(run)
    assert (run.state, run.failures) == (RunState.QUEUED, 1)
    assert written() == []

    deliver(republished(run))
    assert (run.state, run.attempt) == (RunState.SUCCEEDED, 2)
    assert written() == ["books"]


def test_a_run_that_another_attempt_has_commits_nothing_of_the_block() -> None:
    errors: list[BaseException] = []

    def close_books(self: Any) -> None:
        taken = Run.objects.get()
        Run.objects.filter(pk=taken.pk).update(
            state=RunState.QUEUED, published_at=None, publish_count=taken.publish_count + 1
        )
        try:
            with beatwright.finish():
                make_pool("books")
        except BaseException as error:
            errors.append(error)
            raise

    run = published_run(job_for(close_books))
    deliver(run)
    assert [type(error).__name__ for error in errors] == ["RunTaken"]
    assert (run.state, written()) == (RunState.QUEUED, [])


def test_what_fails_after_it_is_said_in_the_log_and_changes_nothing() -> None:
    def close_books(self: Any) -> None:
        with beatwright.finish():
            make_pool("books")
        raise OSError("no such folder")

    run = published_run(job_for(close_books, job={"max_retries": 3}))
    deliver(run)
    assert (run.state, run.error, run.failures) == (RunState.SUCCEEDED, "", 0)
    assert "late_finished_at" not in json.loads(attempts_of(run)[0].meta)
    assert "failed after it had finished its run, which has succeeded: OSError" in log_of(run)


@pytest.mark.parametrize("way", ["retry", "again", "ignore"])
def test_there_is_no_other_end_after_it(way: str) -> None:
    said: list[str] = []

    def close_books(self: Any) -> None:
        with beatwright.finish():
            make_pool("books")
        if way == "ignore":
            raise Ignore
        try:
            if way == "again":
                with beatwright.finish():
                    make_pool("more books")
            self.retry(countdown=1)
        except RuntimeError as error:
            said.append(str(error))

    run = published_run(job_for(close_books, job={"max_retries": 3}))
    deliver(run)
    assert (run.state, run.attempt, written()) == (RunState.SUCCEEDED, 1, ["books"])
    assert all("beatwright.finish() has ended this run" in each for each in said)
    assert len(said) == (way != "ignore")


def test_inside_of_another_transaction_it_is_refused() -> None:
    def close_books(self: Any) -> None:
        with transaction.atomic(), beatwright.finish():
            make_pool("books")

    run = published_run(job_for(close_books))
    deliver(run)
    assert (run.state, written()) == (RunState.FAILED, [])
    assert "durable" in run.error


def test_a_secret_in_its_result_is_hidden() -> None:
    make_secret("books", "corr3ct-h0rse")

    def close_books(self: Any, password: str) -> None:
        with beatwright.finish() as end:
            end.result = f"signed in with {password}"

    params = {"password": {"$secret": "books"}}
    run = published_run(job_for(close_books, job={"params": params}))
    deliver(run)
    assert run.state == RunState.SUCCEEDED
    assert json.loads(attempts_of(run)[0].result or "") == "signed in with ••••••"


def test_outside_of_a_run_it_is_a_transaction() -> None:
    with beatwright.finish() as end:
        make_pool("books")
        end.result = "nobody keeps it"
    with pytest.raises(IntegrityError), beatwright.finish():
        make_pool("books")
    assert written() == ["books"]


def test_a_run_whose_process_dies_after_it_is_not_executed_again() -> None:
    starts: list[int] = []

    def close_books(self: Any) -> None:
        starts.append(1)
        with beatwright.finish():
            make_pool("books")
        raise SystemExit(9)

    run = published_run(job_for(close_books))
    for _ in range(2):  # the broker hands it out again: nobody has acknowledged it
        deliver(run)
    assert (starts, run.state, written()) == ([1], RunState.SUCCEEDED, ["books"])


@contextmanager
def listening(signal: Any, told: list[Any]) -> Iterator[None]:
    """Collects what a signal is sent with, while it lasts."""

    def hear(**about: Any) -> None:
        told.append(about)

    signal.connect(hear)
    yield
    signal.disconnect(hear)
