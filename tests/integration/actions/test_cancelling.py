"""Cancel: what waits ends at once, what runs is asked to stop, what is over stays as it is."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import events
from jobs.actions.runs.cancel import Cancelled, RunIsOver, cancel_run, cancel_runs
from jobs.actions.runs.run import rerun
from jobs.dispatch.publish import publish_ready
from jobs.models import Run, RunState, Trigger
from tests.support.builders import by, make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.BLOCKED])
def test_a_run_that_waits_is_cancelled_at_once_without_any_worker(state: RunState) -> None:
    now = timezone.now()
    run = cancel_run(make_run(state=state), actor=by("ana"), now=now)
    assert (run.state, run.finished_at, run.cancel_requested_at) == (RunState.CANCELLED, now, now)
    assert run.reason == "cancelled by ana"


def test_a_cancelled_run_is_not_published(broker: RedisServer) -> None:
    run = make_run(available_at=timezone.now())
    cancel_run(run, actor=by("ana"), now=timezone.now())
    assert publish_ready(now=timezone.now() + timedelta(minutes=1)) == 0


def test_a_running_run_is_asked_to_stop_and_goes_on_until_its_worker_ends_it() -> None:
    now = timezone.now()
    run = cancel_run(
        make_run(state=RunState.RUNNING, worker="w", attempt=1), actor=by("ana"), now=now
    )
    assert (run.state, run.finished_at, run.cancel_requested_at) == (RunState.RUNNING, None, now)
    assert run.reason == "cancel requested by ana"


def test_asking_twice_is_asking_once() -> None:
    run, now = make_run(state=RunState.RUNNING), timezone.now()
    cancel_run(run, actor=by("ana"), now=now)
    again = cancel_run(run, actor=by("ben"), now=now + timedelta(seconds=5))
    assert (again.cancel_requested_at, again.reason) == (now, "cancel requested by ana")


@pytest.mark.parametrize("state", RunState.final())
def test_a_final_state_is_never_left_and_the_error_names_it(state: RunState) -> None:
    run = make_run(state=state, finished_at=timezone.now())
    with pytest.raises(
        RunIsOver, match=f"a {state.label.lower()} run cannot be cancelled"
    ) as caught:
        cancel_run(run, actor=by("ana"), now=timezone.now())
    assert caught.value.field == "state"
    assert Run.objects.get() == run
    assert Run.objects.get().state == state


def test_cancelling_lets_the_run_go_that_waited_for_it() -> None:
    job = make_job(overlap_policy="queue")
    first = make_run(job, exclusive=True)
    waiting = make_run(job, exclusive=True, state=RunState.BLOCKED)
    cancel_run(first, actor=by("ana"), now=timezone.now())
    waiting.refresh_from_db()
    assert waiting.state == RunState.QUEUED


def test_a_run_that_waits_goes_on_waiting_while_the_cancelled_one_is_still_running() -> None:
    job = make_job(overlap_policy="queue")
    first = make_run(job, exclusive=True, state=RunState.RUNNING)
    waiting = make_run(job, exclusive=True, state=RunState.BLOCKED)
    cancel_run(first, actor=by("ana"), now=timezone.now())
    waiting.refresh_from_db()
    assert waiting.state == RunState.BLOCKED


def test_all_open_runs_of_one_job_are_cancelled_and_no_others() -> None:
    job = make_job()
    for state in RunState:
        make_run(job, state=state)
    other = make_run()
    assert cancel_runs(job, actor=by("ana"), now=timezone.now()) == Cancelled(
        cancelled=2, requested=1
    )
    assert Run.objects.filter(job=job, state__in=(RunState.BLOCKED, RunState.QUEUED)).count() == 0
    assert Run.objects.get(pk=other.pk).state == RunState.QUEUED


def test_more_runs_than_are_locked_at_once_are_all_cancelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jobs.actions.runs.cancel.CHUNK", 3)
    job = make_job()
    for _ in range(7):
        make_run(job)
    assert cancel_runs(job, actor=by("ana"), now=timezone.now()).cancelled == 7
    assert cancel_runs(job, actor=by("ana"), now=timezone.now()) == Cancelled()


def test_many_who_cancel_at_once_cancel_it_once() -> None:
    run = make_run()

    def cancel() -> str:
        try:
            return cancel_run(run, actor=by("ana"), now=timezone.now()).state
        except RunIsOver:
            return "too late"

    answers = at_once([cancel] * 4)
    assert sorted(answers) == ["cancelled", "too late", "too late", "too late"]


def test_listeners_hear_of_it_after_the_commit() -> None:
    heard = []

    def listen(run_id: uuid.UUID, state: str, **_: object) -> None:
        heard.append((run_id, state, Run.objects.get(pk=run_id).state))

    events.run_finished.connect(listen)
    run = make_run()
    cancel_run(run, actor=by("ana"), now=timezone.now())
    cancel_run(make_run(state=RunState.RUNNING), actor=by("ana"), now=timezone.now())
    events.run_finished.disconnect(listen)
    assert heard == [(run.pk, RunState.CANCELLED, RunState.CANCELLED)]


def test_a_cancelled_run_can_be_run_again_as_a_run_of_its_own(broker: RedisServer) -> None:
    old = cancel_run(make_run(), actor=by("ana"), now=timezone.now())
    answer = rerun(old, actor=by("ana"), now=timezone.now())
    assert (answer.run.state, answer.run.trigger, answer.run.parent_id) == (
        RunState.QUEUED,
        Trigger.RERUN,
        old.pk,
    )
