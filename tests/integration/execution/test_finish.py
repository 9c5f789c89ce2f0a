from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from celery import states
from django.utils import timezone

from jobs import events
from jobs.actions.runs.cancel import cancel_run
from jobs.execution.outcome import outcomes
from jobs.lifecycle import expiry
from jobs.lifecycle.claim import claim
from jobs.lifecycle.finish import finish
from jobs.lifecycle.losses import allowance_of
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.models import Loss, Run, RunLog, RunState
from jobs.models.run import rank
from tests.integration.execution.delivery import (
    HERE,
    attempts_of,
    message_of,
    published_run,
    republished,
)
from tests.support.builders import by

BOOM = {"exc_type": "ValueError", "exc_message": ["boom\nand more"], "exc_module": "builtins"}
LOST = {
    "exc_type": "WorkerLostError",
    "exc_message": ["signal 9"],
    "exc_module": "billiard.exceptions",
}


def succeeded() -> Outcome:
    return outcomes.success("42", None)


def failed() -> Outcome:
    return outcomes.failure(BOOM, json.dumps(BOOM), "Traceback…")


def lost() -> Outcome:
    return outcomes.failure(LOST, json.dumps(LOST), None)


def retried(seconds: float) -> Outcome:
    return outcomes.retry(BOOM, json.dumps(BOOM), "Traceback…", seconds)


def running_run(**fields: Any) -> Run:
    run = published_run(**fields)
    assert claim(message_of(run))
    run.refresh_from_db()
    return run


def meta_of(run: Run) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads(attempts_of(run)[-1].meta)
    return meta


def test_success_ends_the_run_and_its_attempt_together() -> None:
    run = running_run()

    assert finish(message_of(run), succeeded()) == RunState.SUCCEEDED

    run.refresh_from_db()
    assert (run.state, run.worker, run.error, run.failures) == (RunState.SUCCEEDED, HERE, "", 0)
    assert run.finished_at
    assert run.lease_expires_at is None
    [attempt] = attempts_of(run)
    assert (attempt.status, attempt.result) == ("SUCCESS", "42")
    assert meta_of(run) == {
        "run": str(run.id),
        "attempt": 1,
        "outcome": "succeeded",
        "children": [],
    }


def test_failure_keeps_the_first_line_of_the_error_and_the_traceback() -> None:
    run = running_run()

    assert finish(message_of(run), failed()) == RunState.FAILED

    run.refresh_from_db()
    assert (run.state, run.error, run.failures) == (RunState.FAILED, "ValueError: boom", 1)
    [attempt] = attempts_of(run)
    assert (attempt.status, attempt.traceback, json.loads(attempt.result)) == (
        "FAILURE",
        "Traceback…",
        BOOM,
    )


def test_a_retry_puts_the_run_back_into_its_queue_after_the_delay() -> None:
    run = running_run(priority=2)

    assert finish(message_of(run), retried(600)) == RunState.QUEUED

    run.refresh_from_db()
    assert (run.state, run.published_at, run.failures, run.attempt) == (RunState.QUEUED, None, 1, 1)
    assert run.available_at == pytest.approx(
        timezone.now() + timedelta(seconds=600), abs=timedelta(seconds=3)
    )
    assert run.rank_at == rank(run.available_at, 2)
    assert (run.worker, run.lease_expires_at, run.finished_at) == ("", None, None)
    assert run.is_retrying
    assert (attempts_of(run)[0].status, meta_of(run)["outcome"]) == ("RETRY", "failed")


def test_a_released_run_waits_at_its_place_and_no_attempt_is_counted_against_it() -> None:
    run = running_run()

    assert finish(message_of(run), outcomes.release()) == RunState.QUEUED

    released = Run.objects.get(pk=run.pk)
    assert (released.published_at, released.failures, released.losses, released.attempt) == (
        None,
        0,
        0,
        1,
    )
    assert (released.available_at, released.rank_at) == (run.available_at, run.rank_at)
    assert (attempts_of(run)[0].status, meta_of(run)["outcome"]) == ("RETRY", "released")


def test_a_lost_run_goes_back_and_its_retries_are_not_used_up() -> None:
    run = running_run()

    assert finish(message_of(run), lost()) == RunState.QUEUED

    run.refresh_from_db()
    assert (run.losses, run.failures, run.published_at) == (1, 0, None)
    assert (attempts_of(run)[0].status, meta_of(run)["outcome"]) == ("FAILURE", "lost")


def test_the_third_death_of_its_process_fails_the_run() -> None:
    run = running_run(losses=2, child_losses=2)

    assert finish(message_of(run), lost()) == RunState.FAILED

    run.refresh_from_db()
    assert (run.losses, run.child_losses, run.reason) == (3, 3, "its process died 3 times")


@pytest.mark.parametrize("cause", [Loss.WORKER, Loss.LEASE])
def test_a_loss_that_is_not_its_own_doing_is_no_step_to_poison(cause: Loss) -> None:
    run = running_run(losses=4, child_losses=2, worker_losses=1, lease_losses=1)

    assert finish(message_of(run), expiry.lost("gone", cause)) == RunState.QUEUED

    run.refresh_from_db()
    assert (run.losses, run.child_losses, run.reason) == (5, 2, cause.label)


def test_each_cause_has_an_allowance_of_its_own() -> None:
    for cause, used_up in ((Loss.CHILD, 3), (Loss.WORKER, 10), (Loss.LEASE, 20)):
        column = allowance_of(cause).column
        before, last = running_run(**{column: used_up - 2}), running_run(**{column: used_up - 1})

        assert finish(message_of(before), expiry.lost("gone", cause)) == RunState.QUEUED
        assert finish(message_of(last), expiry.lost("gone", cause)) == RunState.FAILED


@pytest.mark.parametrize(
    "outcome", [retried(10), outcomes.release(), lost()], ids=["retry", "release", "loss"]
)
def test_a_run_to_be_cancelled_does_not_go_back_to_its_queue(outcome: Outcome) -> None:
    run = running_run()
    Run.objects.filter(pk=run.pk).update(cancel_requested_at=timezone.now())

    assert finish(message_of(run), outcome) == RunState.CANCELLED


def test_a_time_limit_ends_the_run_as_timed_out() -> None:
    error = {
        "exc_type": "TimeLimitExceeded",
        "exc_message": [10],
        "exc_module": "billiard.exceptions",
    }
    run = running_run()

    assert (
        finish(message_of(run), outcomes.failure(error, json.dumps(error), None))
        == RunState.TIMED_OUT
    )


def test_an_error_that_only_has_the_name_of_a_lost_worker_is_a_failure() -> None:
    assert outcomes.failure(LOST | {"exc_module": "my.tasks"}, "{}", None).ending == Ending.FAILED


def test_a_late_finisher_overwrites_nothing_and_is_marked() -> None:
    run = running_run()
    first = message_of(run)
    finish(first, lost())
    again = republished(run)
    claim(message_of(again, worker="other@there"))

    assert finish(first, succeeded()) is None

    run.refresh_from_db()
    assert (run.state, run.worker, run.attempt) == (RunState.RUNNING, "other@there", 2)
    old, new = attempts_of(run)
    assert (old.status, json.loads(old.meta)["outcome"]) == ("FAILURE", "lost")
    assert "late_finished_at" in json.loads(old.meta)
    assert (new.status, "late_finished_at" in json.loads(new.meta)) == ("STARTED", False)


def test_finishing_twice_changes_nothing_and_marks_nothing() -> None:
    run = running_run()
    finish(message_of(run), succeeded())
    before = Run.objects.get(pk=run.pk).finished_at

    assert finish(message_of(run), succeeded()) is None

    assert Run.objects.get(pk=run.pk).finished_at == before
    assert "late_finished_at" not in meta_of(run)


def test_a_loss_reported_after_the_success_changes_nothing() -> None:
    run = running_run()
    finish(message_of(run), succeeded())

    assert finish(message_of(run), lost()) is None

    run.refresh_from_db()
    assert (run.state, meta_of(run)["outcome"]) == (RunState.SUCCEEDED, "succeeded")
    assert "late_finished_at" not in meta_of(run)


def test_another_worker_cannot_finish_the_run() -> None:
    run = running_run()

    assert finish(message_of(run, worker="other@there"), failed()) is None

    run.refresh_from_db()
    assert run.state == RunState.RUNNING


@pytest.mark.parametrize("outcome", [lost(), outcomes.release()], ids=["loss", "release"])
def test_a_message_lost_before_the_claim_frees_the_run_at_once(outcome: Outcome) -> None:
    run = published_run()

    assert finish(message_of(run), outcome) is None

    run.refresh_from_db()
    assert (run.state, run.published_at, run.losses, run.attempt) == (RunState.QUEUED, None, 0, 0)


def test_a_stale_message_that_is_lost_does_not_touch_the_newer_one() -> None:
    run = published_run()
    stale = message_of(run)
    republished(run)

    finish(stale, lost())

    run.refresh_from_db()
    assert run.published_at is not None


def test_a_run_revoked_through_celery_before_it_began_is_cancelled() -> None:
    run = published_run()

    finish(message_of(run), outcomes.revocation("{}"))

    run.refresh_from_db()
    assert (run.state, run.reason) == (RunState.CANCELLED, "revoked through Celery")


def test_the_rest_of_the_log_is_stored_with_the_end() -> None:
    run = running_run()
    piece = RunLog(run_id=run.id, attempt=1, seq=1, created_at=timezone.now(), text="last words\n")

    finish(message_of(run), succeeded(), log=[piece])

    assert RunLog.objects.get(run=run).text == "last words\n"


def test_listeners_hear_of_final_states_only() -> None:
    run = running_run()
    heard: list[tuple[Any, ...]] = []

    def listen(sender: object, **said: Any) -> None:
        heard.append((said["run_id"], said["attempt"], said["state"]))

    events.run_finished.connect(listen)
    try:
        finish(message_of(run), retried(0))
        again = republished(run)
        claim(message_of(again))
        finish(message_of(again), succeeded())
    finally:
        events.run_finished.disconnect(listen)

    assert heard == [(run.id, 2, RunState.SUCCEEDED)]


def test_status_names_are_celerys() -> None:
    assert {outcomes.ignored("").status, outcomes.rejected("").status} == {
        states.IGNORED,
        states.REJECTED,
    }


def test_a_run_that_was_asked_to_stop_ends_as_cancelled_by_whoever_asked() -> None:
    run = running_run()
    cancel_run(run, actor=by("ana"), now=timezone.now())
    run.refresh_from_db()
    assert run.reason == "cancel requested by ana"
    finish(message_of(run), outcomes.cancelled(run.reason))
    run.refresh_from_db()
    assert (run.state, run.reason, run.error) == ("cancelled", "cancelled by ana", "")
