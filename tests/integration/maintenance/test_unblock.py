"""The sweep that lets go of runs whose predecessor is over."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from jobs.dispatch import overlap
from jobs.maintenance.unblock import Unblock
from jobs.models import Job, Run, RunState
from tests.support.builders import make_job, make_run
from tests.support.threads import at_once


def waiting_run(job: Job | None = None) -> Run:
    return make_run(job or make_job(overlap_policy="queue"), exclusive=True, state=RunState.BLOCKED)


def look() -> dict[str, int]:
    return Unblock().run_once(now=timezone.now())


def test_a_run_that_nobody_let_go_is_queued() -> None:
    run = waiting_run()
    assert look() == {"released": 1}
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert look() == {"released": 0}


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING])
def test_a_run_whose_predecessor_is_not_over_waits_on(state: RunState) -> None:
    run = waiting_run()
    make_run(run.job, exclusive=True, state=state)
    assert look() == {"released": 0}


def test_looking_costs_one_query_while_nothing_waits(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):  # with the transaction's begin and end
        look()


def test_one_job_that_began_another_run_meanwhile_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The moment between the look and the update cannot be hit on purpose, so the look is made
    blind to it.
    """
    raced, free = waiting_run(), waiting_run()
    make_run(raced.job, exclusive=True, state=RunState.RUNNING)
    monkeypatch.setattr(overlap, "OCCUPYING", ())
    with pytest.raises(IntegrityError):
        overlap.release_waiting()
    assert look() == {"released": 1}
    assert Run.objects.get(pk=free.pk).state == RunState.QUEUED
    assert Run.objects.get(pk=raced.pk).state == RunState.BLOCKED


def test_many_sweeps_at_once_let_each_run_go_once() -> None:
    for _ in range(5):
        waiting_run()
    assert sum(counts["released"] for counts in at_once([look] * 4)) == 5
