"""A slot of a pool is free again as soon as its run is over, waits again, or has lost its
message.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from jobs.actions.runs.cancel import cancel_run
from jobs.dispatch.brokers.gate import BrokerUnavailable
from jobs.dispatch.pools import usage
from jobs.dispatch.publish import publish_ready
from jobs.lifecycle.claim import claim
from jobs.lifecycle.expiry import lost
from jobs.lifecycle.finish import finish
from jobs.lifecycle.message import Message
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.maintenance.reconcile import Reconcile
from jobs.models import Job, Loss, Run
from tests.support.builders import by, make_job, make_pool, make_run
from tests.support.redis import RedisServer

WORKER = "w1@test"


@pytest.fixture(autouse=True)
def _broker(broker: RedisServer) -> None:
    """Where messages go."""


@pytest.fixture
def job() -> Job:
    """One whose pool has one slot."""
    make_pool("gpu", slots=1)
    return make_job(pool="gpu")


def publish() -> int:
    return publish_ready(now=timezone.now())


def in_use() -> int:
    return usage(["gpu"])["gpu"].runs


def ago(seconds: float) -> datetime:
    return timezone.now() - timedelta(seconds=seconds)


def message(run: Run) -> Message:
    run.refresh_from_db()
    return Message(run.pk, run.publish_count, WORKER, run.task, run.job.name)


def _succeeds(run: Run) -> None:
    finish(message(run), Outcome(Ending.SUCCEEDED, "SUCCESS"))


def _is_cancelled_before_it_starts(run: Run) -> None:
    cancel_run(run, actor=by("ana"), now=timezone.now())


def _is_cancelled_while_it_runs(run: Run) -> None:
    cancel_run(run, actor=by("ana"), now=timezone.now())
    assert in_use() == 1
    finish(message(run), Outcome(Ending.CANCELLED, "REVOKED"))


def _is_retried(run: Run) -> None:
    finish(message(run), Outcome(Ending.FAILED, "RETRY", error="E: no", retry_in=60))


def _loses_its_worker(run: Run) -> None:
    finish(message(run), lost("gone", Loss.LEASE))


def _is_released(run: Run) -> None:
    finish(message(run), Outcome(Ending.RELEASED, "REVOKED", reason="its worker stops"))


RUNNING: tuple[Callable[[Run], None], ...] = (
    _succeeds, _is_cancelled_while_it_runs, _is_retried, _loses_its_worker, _is_released,
)  # fmt: skip


@pytest.mark.parametrize("ends", [_is_cancelled_before_it_starts, *RUNNING])
def test_the_slot_is_free_again_once_a_run(job: Job, ends: Callable[[Run], None]) -> None:
    run = make_run(job, scheduled_for=ago(5))
    publish()
    assert in_use() == 1
    if ends in RUNNING:
        assert claim(message(run))
    run.refresh_from_db()
    ends(run)
    assert in_use() == 0


def test_the_slot_of_a_lost_message_is_free_and_the_message_is_stale(
    job: Job, broker: RedisServer
) -> None:
    run, other = make_run(job, scheduled_for=ago(5)), make_run(job, priority=10)
    Run.objects.filter(pk=other.pk).update(available_at=timezone.now() + timedelta(seconds=50))
    publish()
    late = message(run)
    broker.flush()
    reconcile, later = Reconcile(), timezone.now() + timedelta(minutes=1)
    reconcile.run_once(now=later)
    assert reconcile.run_once(now=later) == {"lost": 1}
    publish_ready(now=later)
    assert list(Run.objects.drawing()) == [other]
    assert claim(late) is None
    assert in_use() == 1


def test_a_broker_that_is_away_takes_no_slot(job: Job, broker: RedisServer) -> None:
    make_run(job)
    broker.stop()
    with pytest.raises(BrokerUnavailable):
        publish()
    assert in_use() == 0
    broker.start()
    assert publish() == 1
