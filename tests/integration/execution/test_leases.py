from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs.execution.outcome import outcomes
from jobs.execution.outcome.settle import OutcomeWriter
from jobs.execution.supervision import leases as module
from jobs.execution.supervision.in_flight import in_hand
from jobs.execution.supervision.leases import Fence, Leases, renew
from jobs.lifecycle.claim import claim
from jobs.lifecycle.expiry import lost
from jobs.lifecycle.finish import finish
from jobs.models import Loss, Run
from tests.integration.execution.delivery import (
    HERE,
    attempts_of,
    message_of,
    published_run,
    republished,
)
from tests.integration.execution.pool import Pool, take
from tests.support.configured import configured

PAST = timedelta(minutes=5)


def nearly_lost_run(worker: str = HERE, **fields: Any) -> Run:
    """A running run whose lease has run out and has not been noticed."""
    run = published_run(**fields)
    assert claim(message_of(run, worker=worker))
    Run.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now() - PAST)
    return run


def lease_of(run: Run) -> Any:
    return Run.objects.get(pk=run.pk).lease_expires_at


def test_one_statement_renews_all_leases_of_the_worker(django_assert_num_queries: Any) -> None:
    runs = [nearly_lost_run() for _ in range(3)]

    with django_assert_num_queries(1, using="lifecycle"):
        assert renew(HERE, [run.id for run in runs]) == {
            (run.id, run.publish_count) for run in runs
        }

    for run in runs:
        assert lease_of(run) == pytest.approx(
            timezone.now() + timedelta(seconds=60), abs=timedelta(seconds=3)
        )


def test_a_run_that_another_worker_has_is_not_renewed() -> None:
    mine, theirs = nearly_lost_run(), nearly_lost_run("other@there")

    assert renew(HERE, [mine.id, theirs.id]) == {(mine.id, 1)}

    assert lease_of(theirs) < timezone.now()


def test_a_run_that_is_over_is_not_renewed() -> None:
    run = nearly_lost_run()
    Run.objects.filter(pk=run.pk).update(state="failed")

    assert renew(HERE, [run.id]) == set()


def test_a_run_that_began_unheard_by_the_event_loop_keeps_its_lease(pool: Pool) -> None:
    run = nearly_lost_run()
    hand = take(run)

    Leases(HERE, in_hand).run_once()

    assert lease_of(run) > timezone.now(), hand


@configured(timeout_kill_seconds=0.2)
def test_a_run_that_was_given_to_another_worker_is_fenced(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, child = nearly_lost_run(), pool.fork()
    hand = take(run, child.pid)
    finish(message_of(run), lost("the sweep found it", Loss.LEASE))
    leases = Leases(HERE, in_hand)
    fence = Fence(pool, leases)

    assert leases.run_once() == {"runs taken from this worker": 1}, hand
    assert fence.run_once() == {"runs fenced": 0}, "it has a moment to come to its end"
    time.sleep(0.3)
    assert leases.run_once() == {"runs taken from this worker": 0}, "that is no news"
    assert fence.run_once() == {"runs fenced": 1}

    assert child.wait(10) == -9
    assert outcome_writer.drain()
    run.refresh_from_db()
    assert (run.state, run.losses) == ("queued", 1)


def test_one_that_nothing_may_run_beside_is_fenced_at_once(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, child = nearly_lost_run(exclusive=True), pool.fork()
    hand = take(run, child.pid)
    finish(message_of(run), lost("the sweep found it", Loss.LEASE))
    leases = Leases(HERE, in_hand)

    leases.run_once()

    assert Fence(pool, leases).run_once() == {"runs fenced": 1}, hand
    assert child.wait(10) == -9


@configured(timeout_kill_seconds=0)
def test_the_next_attempt_on_the_same_worker_does_not_save_the_one_before(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, child = nearly_lost_run(), pool.fork()
    old = take(run, child.pid)
    finish(message_of(run), lost("the sweep found it", Loss.LEASE))
    assert claim(message_of(republished(run)))
    new = take(run, pool.fork().pid)
    leases = Leases(HERE, in_hand)

    leases.run_once()

    assert Fence(pool, leases).run_once() == {"runs fenced": 1}, (old, new)
    assert child.wait(10) == -9
    assert outcome_writer.drain()
    run.refresh_from_db()
    assert run.state == "running"


@configured(timeout_kill_seconds=0)
def test_nothing_is_fenced_without_an_answer(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    run, child = nearly_lost_run(), pool.fork()
    hand = take(run, child.pid)
    finish(message_of(run), lost("the sweep found it", Loss.LEASE))
    leases = Leases(HERE, in_hand)
    before = leases.renewed_at

    def away(*_: object) -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(module, "renew", away)
    with pytest.raises(OperationalError):
        leases.run_once()

    assert Fence(pool, leases).run_once() == {"runs fenced": 0}, hand
    assert leases.renewed_at == before
    assert child.poll() is None


@configured(timeout_kill_seconds=0)
def test_a_run_that_has_just_ended_by_itself_is_not_fenced(pool: Pool) -> None:
    run, child = nearly_lost_run(), pool.fork()
    hand = take(run, child.pid)
    finish(message_of(run), outcomes.success("1", None))
    leases = Leases(HERE, in_hand)

    leases.run_once()

    assert Fence(pool, leases).run_once() == {"runs fenced": 0}, hand
    assert child.poll() is None
    assert attempts_of(run)[0].status == "SUCCESS"


def test_a_message_whose_run_is_not_claimed_yet_is_not_fenced(pool: Pool) -> None:
    run = published_run()
    hand = take(run, pool.fork().pid)
    leases = Leases(HERE, in_hand)

    assert leases.run_once() == {"runs taken from this worker": 0}, hand
