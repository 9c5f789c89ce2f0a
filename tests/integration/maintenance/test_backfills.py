"""The backfill service: so many runs at a time, in order, alone where the job wants that, until all
is over.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.actions.jobs import archive_job
from jobs.actions.runs.backfills import backfill_job, cancel_backfill
from jobs.actions.runs.run import run_now
from jobs.dispatch.overlap import release_waiting
from jobs.maintenance.backfills import Backfills
from jobs.models import Backfill, BackfillState, Job, Run, RunState
from tests.support.builders import by, make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once

pytestmark = pytest.mark.usefixtures("broker")

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def hourly(**fields: Any) -> Job:
    return make_job(**({"schedule": "0 * * * *", "enabled": False} | fields))


def order(job: Job, hours: int = 5, **options: Any) -> Backfill:
    end = DAY + timedelta(hours=hours)
    return backfill_job(job, actor=by("ana"), now=timezone.now(), start=DAY, end=end, **options)


def look() -> dict[str, int]:
    return Backfills().run_once(now=timezone.now())


def active_hours() -> list[int]:
    runs = Run.objects.filter(backfill__isnull=False, state__in=(RunState.QUEUED, RunState.RUNNING))
    return sorted(run.scheduled_for.hour for run in runs)


def finish(run: Run, state: RunState = RunState.SUCCEEDED) -> None:
    """As a worker ends it: the next one that waits is let go in the same breath."""
    Run.objects.filter(pk=run.pk).update(state=state, finished_at=timezone.now())
    release_waiting([run.job_id])


def finish_active(state: RunState = RunState.SUCCEEDED) -> None:
    for run in Run.objects.filter(state__in=(RunState.QUEUED, RunState.RUNNING)):
        finish(run, state)


def test_the_oldest_goes_first_one_at_a_time_and_is_published_at_once() -> None:
    order(hourly())
    assert look() == {"released": 1, "ended": 0}
    assert active_hours() == [0]
    run = Run.objects.get(state=RunState.QUEUED)
    assert (run.publish_count, run.reason) == (1, "")
    assert look() == {"released": 0, "ended": 0}
    finish_active()
    assert look()["released"] == 1
    assert active_hours() == [1]


def test_the_newest_goes_first_where_that_was_asked_for() -> None:
    order(hourly(), newest_first=True, concurrency=2)
    look()
    assert active_hours() == [3, 4]


def test_as_many_run_at_a_time_as_were_asked_for() -> None:
    order(hourly(), concurrency=3)
    assert look()["released"] == 3
    finish(Run.objects.get(scheduled_for=DAY))
    assert look()["released"] == 1
    assert active_hours() == [1, 2, 3]


def test_a_run_that_waits_for_its_retry_takes_a_place() -> None:
    order(hourly())
    look()
    Run.objects.filter(state=RunState.QUEUED).update(
        attempt=1, available_at=timezone.now() + timedelta(hours=1)
    )
    assert look()["released"] == 0


def test_it_is_done_when_all_its_runs_are_over() -> None:
    order(hourly(), hours=2, concurrency=2)
    look()
    finish(Run.objects.get(scheduled_for=DAY), RunState.FAILED)
    assert look()["ended"] == 0
    finish_active()
    assert look() == {"released": 0, "ended": 1}
    backfill = Backfill.objects.get()
    assert backfill.state == BackfillState.DONE
    assert backfill.finished_at is not None


@pytest.mark.parametrize("failure", [RunState.FAILED, RunState.TIMED_OUT])
def test_a_failure_stops_it_where_that_was_asked_for(failure: RunState) -> None:
    order(hourly(), concurrency=2, stop_on_failure=True)
    look()
    failed = Run.objects.get(scheduled_for=DAY)
    finish(failed, failure)
    assert look() == {"released": 0, "ended": 1}
    skipped = Run.objects.filter(state=RunState.SKIPPED)
    assert skipped.count() == 3
    assert set(skipped.values_list("reason", flat=True)) == {
        f"backfill: stopped, run {failed.pk} {failure.label.lower()}"
    }
    assert active_hours() == [1]
    assert Backfill.objects.get().state == BackfillState.STOPPED
    assert look() == {"released": 0, "ended": 0}


def test_it_goes_on_after_a_failure_otherwise() -> None:
    order(hourly())
    look()
    finish_active(RunState.FAILED)
    assert look()["released"] == 1


def test_archiving_the_job_ends_it() -> None:
    job = hourly()
    order(job)
    look()
    finish_active()
    archive_job(job, actor=by("ana"), now=timezone.now())
    assert look() == {"released": 0, "ended": 1}
    assert Backfill.objects.get().state == BackfillState.CANCELLED
    reasons = Run.objects.filter(state=RunState.SKIPPED).values_list("reason", flat=True)
    assert list(reasons) == ["backfill: stopped, its job is archived"] * 4


def test_a_cancelled_backfill_lets_nothing_go() -> None:
    backfill = order(hourly())
    look()
    cancel_backfill(backfill, actor=by("ana"), now=timezone.now())
    assert look() == {"released": 0, "ended": 0}
    assert set(Run.objects.values_list("state", flat=True)) == {RunState.CANCELLED}


@pytest.mark.parametrize("policy", ["skip", "queue", "cancel_running"])
def test_runs_of_an_exclusive_job_go_alone_whatever_the_concurrency(policy: str) -> None:
    job = hourly(overlap_policy=policy)
    other = make_run(job, exclusive=True, state=RunState.RUNNING)
    order(job, concurrency=4)
    assert look()["released"] == 0
    finish(other)
    assert look()["released"] == 1
    assert look()["released"] == 0
    assert active_hours() == [0]


def test_the_policy_of_the_moment_counts_not_that_of_the_order() -> None:
    job = hourly()
    order(job, concurrency=4)
    Job.objects.update(overlap_policy="skip")
    assert look()["released"] == 1
    assert Run.objects.get(state=RunState.QUEUED).exclusive


def test_two_backfills_of_an_exclusive_job_both_end() -> None:
    job = hourly(overlap_policy="skip")
    order(job, hours=2)
    order(job, hours=3)
    for _ in range(12):
        look()
        assert len(active_hours()) <= 1
        finish_active()
    assert set(Backfill.objects.values_list("state", flat=True)) == {BackfillState.DONE}


def test_a_run_that_waits_and_a_backfill_take_turns() -> None:
    job = hourly(overlap_policy="queue")
    order(job)
    look()
    went = []
    for _ in range(8):
        run_now(job, actor=by("ana"), now=timezone.now())  # there is always one that waits
        (active,) = Run.objects.filter(state=RunState.QUEUED)
        went.append("backfill" if active.backfill_id else "other")
        finish(active)
        look()
    assert went == ["backfill", *["backfill", "other"] * 3, "backfill"]  # whoever has waited longer


def test_a_backfill_that_ran_many_at_a_time_lets_a_run_pass_once_its_job_runs_one_at_a_time() -> (
    None
):
    job = hourly()
    order(job, hours=8, concurrency=2)
    look()
    Job.objects.update(overlap_policy="queue")
    waiting = run_now(Job.objects.get(), actor=by("ana"), now=timezone.now()).run
    assert waiting.state == RunState.BLOCKED
    went = []
    for _ in range(4):
        finish_active()
        look()
        (active,) = Run.objects.filter(state=RunState.QUEUED)
        went.append(active == waiting)
    assert went == [False, True, False, False]


def test_a_run_that_waited_behind_the_last_run_of_a_backfill_goes_when_that_is_over() -> None:
    job = hourly(overlap_policy="queue")
    order(job, hours=1)
    look()
    waiting = run_now(job, actor=by("ana"), now=timezone.now()).run
    finish(Run.objects.get(scheduled_for=DAY))
    assert look()["ended"] == 1
    assert Run.objects.get(pk=waiting.pk).state == RunState.QUEUED


@pytest.mark.parametrize("ending", ["stopped", "cancelled"])
def test_a_backfill_that_ends_early_lets_the_run_go_that_waited_behind_it(ending: str) -> None:
    job = hourly(overlap_policy="queue")
    first = make_run(job, exclusive=True)
    waiting = run_now(job, actor=by("ana"), now=timezone.now()).run
    backfill = order(job, stop_on_failure=True)
    # The backfill is next.
    Run.objects.filter(pk=waiting.pk).update(created_at=timezone.now() + timedelta(hours=1))
    finish(first)
    assert Run.objects.get(pk=waiting.pk).state == RunState.BLOCKED
    if ending == "cancelled":
        cancel_backfill(backfill, actor=by("ana"), now=timezone.now())
    else:
        Run.objects.filter(scheduled_for=DAY).update(state=RunState.FAILED)
        look()
    assert Run.objects.get(pk=waiting.pk).state == RunState.QUEUED


def test_many_leaders_at_once_and_a_button_never_make_two_active() -> None:
    job = hourly(overlap_policy="queue")
    order(job, hours=6)
    for _ in range(4):
        at_once([look, look, look, lambda: run_now(job, actor=by("ana"), now=timezone.now())])
        assert Run.objects.filter(state__in=(RunState.QUEUED, RunState.RUNNING)).count() == 1
        finish_active()


def test_a_backfill_waits_in_the_database_while_the_broker_is_away(broker: RedisServer) -> None:
    order(hourly())
    broker.stop()
    assert look()["released"] == 1
    assert Run.objects.get(state=RunState.QUEUED).published_at is None


def test_looking_costs_one_query_while_nothing_is_backfilled() -> None:
    backfill = order(hourly())
    cancel_backfill(backfill, actor=by("ana"), now=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        look()
    assert len(queries) == 1
