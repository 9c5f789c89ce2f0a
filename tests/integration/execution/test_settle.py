from __future__ import annotations

import os
import threading
import time

import pytest

from jobs.execution import current
from jobs.execution.outcome import outcomes, settle
from jobs.execution.outcome.settle import OutcomeWriter
from jobs.lifecycle.claim import claim
from jobs.models import Run, RunLog, RunState
from tests.integration.execution.delivery import message_of, published_run
from tests.support.eventually import eventually

LOST = {
    "exc_type": "WorkerLostError",
    "exc_message": ["signal 9"],
    "exc_module": "billiard.exceptions",
}


def running_run() -> Run:
    run = published_run()
    assert claim(message_of(run))
    return run


def state_of(run: Run) -> str:
    return Run.objects.get(pk=run.pk).state


def test_the_main_process_does_not_wait_for_the_database(
    outcome_writer: OutcomeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = running_run()
    written_by: list[str] = []
    write = settle.settle_here

    def slow(*args: object) -> None:
        time.sleep(2)
        written_by.append(threading.current_thread().name)
        write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(settle, "settle_here", slow)
    started = time.monotonic()

    settle.settle(message_of(run), outcomes.failure(LOST, "{}", None))

    assert time.monotonic() - started < 1.5
    assert outcome_writer.drain()
    assert written_by == ["beatwright-outcome_writer"]
    assert state_of(run) == RunState.QUEUED


def test_draining_gives_up_after_its_time(
    outcome_writer: OutcomeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = threading.Event()
    monkeypatch.setattr(settle, "settle_here", lambda *_: hold.wait(10))
    settle.settle(message_of(running_run()), outcomes.release())

    assert not outcome_writer.drain(0.1)

    hold.set()
    assert outcome_writer.drain()


def test_an_outcome_that_cannot_be_written_does_not_hold_up_the_next(
    outcome_writer: OutcomeWriter,
) -> None:
    gone, run = published_run(), running_run()
    message = message_of(gone)
    gone.delete()

    settle.settle(message, outcomes.release())
    settle.settle(message_of(run), outcomes.release())

    eventually(lambda: state_of(run) == RunState.QUEUED)


def test_the_death_of_a_child_whose_run_is_being_released_is_no_loss(
    outcome_writer: OutcomeWriter,
) -> None:
    run = running_run()
    outcome_writer.expect(message_of(run), outcomes.release())

    settle.settle(message_of(run), outcomes.failure(LOST, "{}", None))

    assert outcome_writer.drain()
    run.refresh_from_db()
    assert (run.state, run.losses, run.failures) == (RunState.QUEUED, 0, 0)


def test_a_pool_child_writes_at_once_together_with_its_log() -> None:
    run = published_run()
    claimed = claim(message_of(run))
    assert claimed
    current.begin_run(claimed).log.write("the end")

    settle.settle(message_of(run), outcomes.success("1", None))

    assert state_of(run) == RunState.SUCCEEDED
    assert RunLog.objects.get(run=run).text == "the end\n"


def test_a_forked_child_of_a_main_process_is_not_the_main_process(
    outcome_writer: OutcomeWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outcome_writer.is_on_duty()

    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)

    assert not outcome_writer.is_on_duty()
