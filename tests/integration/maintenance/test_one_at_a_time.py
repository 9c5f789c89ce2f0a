"""A job that runs one at a time, while backfills, buttons, cancels and workers all pull at it:
never two, no error.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from jobs.actions.runs.backfills import backfill_job
from jobs.actions.runs.cancel import RunIsOver, cancel_run
from jobs.actions.runs.run import run_now
from jobs.dispatch.overlap import OCCUPYING, release_waiting
from jobs.maintenance.backfills import Backfills
from jobs.maintenance.unblock import Unblock
from jobs.models import Job, OverlapPolicy, Run, RunState
from tests.support.builders import by, make_job
from tests.support.eventually import patient
from tests.support.redis import RedisServer
from tests.support.threads import at_once

SECONDS = 1.5
DAY = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "policy", [policy for policy in OverlapPolicy if policy != OverlapPolicy.ALLOW]
)
def test_whatever_happens_at_once_no_two_runs_are_active(policy: str, broker: RedisServer) -> None:
    job = make_job(schedule="* * * * *", overlap_policy=policy, enabled=False)
    for _ in range(2):
        backfill_job(
            job,
            actor=by("ana"),
            now=timezone.now(),
            start=DAY,
            end=DAY + timedelta(hours=5),
            concurrency=3,
        )
    most = 0

    def watch() -> None:
        nonlocal most
        most = max(most, Run.objects.filter(state__in=OCCUPYING).count())

    steps: list[Callable[[], object]] = [
        work,
        work,
        watch,
        cancel_any,
        partial(press, job),
        look,
        look,
        sweep,
    ]
    at_once([partial(repeat, step) for step in steps])
    assert most == 1
    assert has_any_succeeded()


def repeat(step: Callable[[], object]) -> None:
    """For so long, and on until a run has come to its end: on a busy machine each may be cancelled
    before.
    """
    until = time.monotonic() + SECONDS
    longest = until + patient(20)
    while (now := time.monotonic()) < until or (now < longest and not has_any_succeeded()):
        step()
        time.sleep(0.005)


def has_any_succeeded() -> bool:
    return Run.objects.filter(state=RunState.SUCCEEDED).exists()


def work() -> None:
    """As a worker does: claim, then end the run and let the next one go in one transaction, without
    the job's lock.
    """
    for run in Run.objects.filter(state__in=OCCUPYING):
        Run.objects.filter(pk=run.pk, state=RunState.QUEUED).update(state=RunState.RUNNING)
        with transaction.atomic():
            held = (
                Run.objects.select_for_update(no_key=True)
                .filter(pk=run.pk, state=RunState.RUNNING)
                .first()
            )
            if held:
                state = RunState.CANCELLED if held.cancel_requested_at else RunState.SUCCEEDED
                Run.objects.filter(pk=run.pk).move(state, finished_at=timezone.now())
                release_waiting([run.job_id])


def cancel_any() -> None:
    run = (
        Run.objects.filter(state__in=RunState.active())
        .select_related("job")
        .order_by("-pk")
        .first()
    )
    if run:
        try:
            cancel_run(run, actor=by("ana"), now=timezone.now())
        except RunIsOver:
            pass  # somebody else was first
    time.sleep(0.05)


def press(job: Job) -> None:
    run_now(Job.objects.get(pk=job.pk), actor=by("ana"), now=timezone.now())


def look() -> None:
    Backfills().run_once(now=timezone.now())


def sweep() -> None:
    Unblock().run_once(now=timezone.now())
