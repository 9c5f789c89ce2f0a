"""Why not? What a run that waits for its pool says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Pool, Run, RunState
from jobs.queries.why.answer import Explanation
from jobs.queries.why.job import why_job, why_run
from tests.support.builders import make_job, make_leader, make_pool, make_run, make_worker

NOW = timezone.now()


@pytest.fixture(autouse=True)
def _all_is_well() -> None:
    make_leader()
    make_worker()


def ask(run: Run) -> Explanation:
    return why_run(run, now=timezone.now())


def sentences(run: Run) -> list[str]:
    return [reason.sentence for reason in ask(run).reasons]


def test_it_waits_for_a_slot() -> None:
    make_pool("gpu", slots=3)
    for state in (RunState.QUEUED, RunState.RUNNING, RunState.RUNNING):
        make_run(pool="gpu", state=state, published_at=NOW)
    answer = ask(make_run(pool="gpu"))
    assert (answer.code, answer.sentence) == (
        "pool_full",
        "It is waiting for a slot in the pool gpu: 3 of 3 are taken.",
    )
    assert answer.facts == {
        "pool": "gpu",
        "lacks": "slots",
        "needed": 1,
        "limit": 3,
        "used": 3,
        "free": 0,
    }


def test_it_waits_for_a_resource() -> None:
    make_pool("gpu", slots=9, cpu=8)
    make_run(pool="gpu", cpu=6, published_at=NOW)
    assert sentences(make_run(pool="gpu", cpu=4)) == [
        "It is waiting for 4 cpu in the pool gpu: 2 of 8 are free."
    ]


def test_it_needs_more_than_there_is() -> None:
    make_pool("gpu", slots=1, cpu=8)
    make_run(pool="gpu", published_at=NOW)
    run = make_run(pool="gpu", cpu=9)
    assert sentences(run) == ["It needs 9 cpu, but the pool gpu has 8, so it can never run."]
    assert ask(run).code == "pool_too_small"
    Pool.objects.update(slots=0)
    assert sentences(make_run(pool="gpu")) == [
        "It needs a slot, but the pool gpu has 0, so it can never run."
    ]


def test_it_says_how_many_are_ahead_of_it_in_the_pool_whatever_their_queue() -> None:
    make_pool("gpu", slots=1)
    make_run(pool="gpu", published_at=NOW)
    make_run(pool="gpu", queue="other", scheduled_for=NOW - timedelta(minutes=1))
    make_run(scheduled_for=NOW - timedelta(minutes=1))
    assert sentences(make_run(pool="gpu")) == [
        "It is waiting for a slot in the pool gpu: 1 of 1 is taken.",
        "1 run is ahead of it in the pool gpu.",
    ]


def test_where_it_is_next_it_says_so() -> None:
    make_pool("gpu", slots=1)
    make_run(scheduled_for=NOW - timedelta(minutes=1))
    assert sentences(make_run(pool="gpu")) == [
        "It is next in the pool gpu and will be sent within a second."
    ]


def test_a_pool_that_is_gone_keeps_nothing_waiting() -> None:
    assert sentences(make_run(pool="gpu")) == [
        "It is next in the queue default and will be sent within a second."
    ]


def test_runs_of_a_pool_are_not_ahead_of_runs_of_none() -> None:
    make_pool("gpu", slots=0)
    make_run(pool="gpu", scheduled_for=NOW - timedelta(minutes=1))
    assert ask(make_run()).code == "ready"


def test_a_job_says_it_of_its_run() -> None:
    make_pool("gpu", slots=0)
    run = make_run(make_job(pool="gpu"))
    reasons = {reason.code: reason for reason in why_job(run.job, now=timezone.now()).reasons}
    assert reasons["pool_too_small"].facts["run"] == str(run.pk)
