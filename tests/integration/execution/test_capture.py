from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

import pytest
from celery.utils.log import get_task_logger
from django.db import connections, transaction

from jobs import conf
from jobs.execution import current
from jobs.execution.outcome import capture
from jobs.execution.outcome.reporter import Reporter, store_log, store_progress
from jobs.lifecycle.claim import claim
from jobs.models import Job, Run, RunLog, RunState
from jobs.redaction.keys import MASK
from tests.integration.execution.delivery import (
    attempts_of,
    deliver,
    job_for,
    message_of,
    published_run,
    republished,
)
from tests.support.configured import configured
from tests.support.eventually import eventually

pytestmark = pytest.mark.usefixtures("captured")
app_logger = logging.getLogger("shop.orders")
task_logger = get_task_logger("shop.tasks")


def log_of(run: Run) -> list[str]:
    """Its lines without their times."""
    text = "".join(piece.text for piece in RunLog.objects.filter(run=run))
    return [line.partition(" ")[2] for line in text.splitlines()]


def test_lines_of_any_logger_and_thread_of_the_body_are_kept() -> None:
    def talk(self: Any) -> None:
        app_logger.info("order %s", 7)
        task_logger.warning("careful")
        thread = threading.Thread(target=lambda: app_logger.error("from a thread"))
        thread.start()
        thread.join(5)

    run = published_run(job_for(talk))
    deliver(run)

    assert log_of(run) == ["INFO order 7", "WARNING careful", "ERROR from a thread"]


def test_a_traceback_that_the_body_logs_is_kept_whole() -> None:
    def talk(self: Any) -> None:
        try:
            raise KeyError("gone")
        except KeyError:
            app_logger.exception("not found")

    run = published_run(job_for(talk))
    deliver(run)

    assert log_of(run)[0] == "ERROR not found"
    assert "KeyError: 'gone'" in RunLog.objects.get(run=run).text


def test_lines_outside_the_body_belong_to_no_run() -> None:
    run = published_run(job_for(say_hello))
    app_logger.info("before")
    deliver(run)
    app_logger.info("after")

    assert log_of(run) == ["INFO hello"]


def say_hello(self: Any) -> None:
    app_logger.info("hello")


def test_each_attempt_has_its_own_log() -> None:
    def fail(self: Any) -> None:
        app_logger.info("attempt %s", self.request.attempt)
        raise self.retry(countdown=0)

    run = published_run(job_for(fail))
    deliver(run)
    deliver(republished(run))

    pieces = RunLog.objects.filter(run=run)
    assert [(piece.attempt, piece.text.split()[-1]) for piece in pieces] == [(1, "1"), (2, "2")]


def test_a_worker_that_shows_warnings_still_keeps_info_lines() -> None:
    logger = logging.Logger("own", logging.WARNING)  # noqa: LOG001  # one that no other test knows
    shown: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: shown.append(record.getMessage())  # type: ignore[method-assign]
    logger.addHandler(handler)
    capture.listen(logger)

    def talk(self: Any) -> None:
        logger.info("quiet")
        logger.warning("loud")

    run = published_run(job_for(talk))
    deliver(run)

    assert shown == ["loud"]
    assert log_of(run) == ["INFO quiet", "WARNING loud"]


def test_listening_twice_keeps_each_line_once() -> None:
    capture.capture_logs()
    run = published_run(job_for(say_hello))

    deliver(run)

    assert log_of(run) == ["INFO hello"]


def test_the_reporter_stores_log_and_progress_while_the_body_runs() -> None:
    def work(self: Any) -> str:
        app_logger.info("half way")
        self.update_state(state="PROGRESS", meta={"current": 1, "total": 2})
        seen = Run.objects.filter(
            pk=self.request.run, progress__current=1, logs__text__contains="half way"
        )
        eventually(seen.exists)
        return "seen"

    with configured(log_flush_seconds=0.05):
        reporter = Reporter()
        reporter.start()
        try:
            run = published_run(job_for(work))
            deliver(run)
        finally:
            reporter.stopped.set()
            reporter.join(10)

    assert run.state == RunState.SUCCEEDED
    assert run.progress == {"current": 1, "total": 2}


def test_a_body_in_a_transaction_is_neither_blocked_nor_hidden() -> None:
    """On SQLite the reporter must wait for the body's commit; on PostgreSQL it writes at once."""
    at_once = connections["lifecycle"].vendor == "postgresql"

    def work(self: Any) -> bool:
        with transaction.atomic():
            Job.objects.update(owner="locked")
            app_logger.info("inside")
            self.update_state(state="PROGRESS", meta={"current": 1})
            time.sleep(0.5)
            return RunLog.objects.filter(run_id=self.request.run).exists()

    started = time.monotonic()
    with configured(log_flush_seconds=0.05):
        reporter = Reporter()
        reporter.start()
        try:
            run = published_run(job_for(work))
            deliver(run)
        finally:
            reporter.stopped.set()
            reporter.join(10)

    assert time.monotonic() - started < 10
    assert (run.state, log_of(run)) == (RunState.SUCCEEDED, ["INFO inside"])
    if at_once:
        assert run.job.runs.filter(logs__text__contains="inside").exists()


def test_a_log_that_could_not_be_stored_is_stored_at_the_next_time() -> None:
    run = published_run()
    claimed = claim(message_of(run))
    assert claimed
    running = current.begin_run(claimed)
    running.log.write("kept")
    pieces = running.log.pending()

    store_log(running.log)
    store_log(running.log)

    assert pieces[0].text == "kept\n"
    assert RunLog.objects.filter(run=run).count() == 1


def test_the_last_progress_is_stored_though_the_body_ends_at_once() -> None:
    def work(self: Any) -> None:
        for current_step in range(1, 4):
            self.update_state(state="PROGRESS", meta={"current": current_step, "total": 3})

    run = published_run(job_for(work))
    deliver(run)

    assert run.progress == {"current": 3, "total": 3}


def test_progress_is_kept_no_larger_than_a_result() -> None:
    """It stands in the run's own row, which every list of runs reads."""

    def work(self: Any) -> None:
        self.update_state(state="PROGRESS", meta={"current": 1, "rows": ["x" * 99] * 500_000})

    run = published_run(job_for(work))
    deliver(run)

    assert run.state == RunState.SUCCEEDED
    assert run.progress
    assert run.progress["truncated"] is True
    assert run.progress["bytes"] > 50_000_000
    assert len(json.dumps(run.progress)) <= conf.get().result_max_bytes


def test_a_state_of_the_tasks_own_is_progress_too() -> None:
    def work(self: Any) -> None:
        self.update_state(state="UPLOADING", meta={"file": "a\x00.csv"})

    run = published_run(job_for(work))
    deliver(run)

    assert run.progress == {"state": "UPLOADING", "meta": {"file": "a\ufffd.csv"}}


def test_what_every_list_shows_of_a_run_is_stored_without_its_secrets() -> None:
    def tell(self: Any, password: str) -> None:
        self.update_state(state="PROGRESS", meta={"message": f"logging in with {password}"})
        raise ValueError(f"{password} was refused")

    run = published_run(job_for(tell), params={"password": "corr3ct-h0rse"})
    deliver(run)

    assert run.progress == {"message": f"logging in with {MASK}"}
    assert run.error == f"ValueError: {MASK} was refused"
    assert "corr3ct-h0rse" in attempts_of(run)[-1].traceback  # whole, for whom it is revealed


def test_progress_of_a_run_that_was_taken_away_is_not_stored() -> None:
    run = published_run()
    claimed = claim(message_of(run))
    assert claimed
    running = current.begin_run(claimed)
    running.progress = {"current": 1}
    running.progress_is_new.set()
    Run.objects.filter(pk=run.pk).update(worker="other@there")

    store_progress(running)

    run.refresh_from_db()
    assert run.progress is None
