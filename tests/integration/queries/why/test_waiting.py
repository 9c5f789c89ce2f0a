"""What a waiting run is told: nothing that contradicts the rest, and nobody's raw id."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Leader, Queue, Run, RunState, Worker
from jobs.queries.why.answer import Explanation
from jobs.queries.why.job import why_run
from tests.support.builders import make_job, make_leader, make_pool, make_run, make_worker

NOW, HOUR = timezone.now(), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _all_is_well() -> None:
    make_leader(expires_at=timezone.now() + HOUR)
    make_worker()


def of_run(run: Run) -> Explanation:
    return why_run(run, now=timezone.now())


def paused() -> None:
    Queue.objects.create(name="default", paused_at=NOW, paused_by="bo")


def silent() -> None:
    Leader.objects.update(expires_at=NOW - HOUR)


def unattended() -> None:
    Worker.objects.update(stopped_at=NOW)


@pytest.mark.parametrize(
    "circumstances", [[paused], [silent], [unattended], [paused, silent], [unattended, silent]]
)
@pytest.mark.parametrize("pool", ["", "gpu"])
def test_no_sentence_says_that_a_run_is_about_to_start_while_another_says_that_it_cannot(
    circumstances: list[Callable[[], object]], pool: str
) -> None:
    make_pool("gpu", slots=3)
    run = make_run(pool=pool)
    for circumstance in circumstances:
        circumstance()
    sentences = " ".join(reason.sentence for reason in of_run(run).reasons)
    assert "within a second" not in sentences
    assert "and will be sent once nothing blocks it." in sentences


def test_a_published_run_without_a_worker_is_not_said_to_wait_for_one_of_no_slots() -> None:
    run = make_run(published_at=NOW, publish_count=1)
    unattended()
    assert [reason.code for reason in of_run(run).reasons] == ["no_consumer"]


def test_a_run_that_is_to_be_cancelled_is_not_said_to_be_sent() -> None:
    assert [reason.code for reason in of_run(make_run(cancel_requested_at=NOW)).reasons] == [
        "cancel_requested"
    ]


def test_no_reason_shows_a_raw_id() -> None:
    job = make_job(overlap_policy="queue")
    make_run(job, state=RunState.RUNNING, exclusive=True)
    waiting = make_run(job, state=RunState.BLOCKED, exclusive=True)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", of_run(waiting).sentence)
