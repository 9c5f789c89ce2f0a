"""What ends a run from outside: its time limit, a cancel, the death of its pool child, a lease that
was not renewed.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from celery.worker import state
from django.utils import timezone

from jobs import conf
from jobs.actions.runs.cancel import cancel_run
from jobs.execution.isolation.processes import parent_of
from jobs.execution.outcome import outcomes
from jobs.execution.outcome.settle import OutcomeWriter
from jobs.execution.supervision.cancels import Cancels
from jobs.execution.supervision.dead_children import DeadChildren
from jobs.execution.supervision.deadlines import Deadlines
from jobs.execution.supervision.exclusive import ExclusiveStop
from jobs.execution.supervision.in_flight import at_work, copy_of, take_away
from jobs.execution.supervision.leases import Leases
from jobs.lifecycle.claim import claim
from jobs.models import Run, RunState
from tests.integration.execution.delivery import HERE, attempts_of, message_of, published_run
from tests.integration.execution.pool import BODY, DEAF, Pool, take
from tests.support.builders import by, make_job
from tests.support.configured import configured
from tests.support.eventually import eventually


def running_run(**job: Any) -> Run:
    run = published_run(make_job(**job)) if job else published_run()
    assert claim(message_of(run))
    return run


def fresh(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


# --- Time limits ---


def test_at_its_limit_a_body_is_told_once(pool: Pool) -> None:
    heard = (
        "import signal, sys; signal.signal(signal.SIGUSR1, lambda *_: print('told', flush=True)); "
    )
    child = pool.fork(heard + BODY)
    hand = take(running_run(timeout_seconds=5), child.pid, since=5.1)
    deadlines = Deadlines(pool)

    assert deadlines.run_once() == {"runs killed at their limit": 0}, hand
    deadlines.run_once()

    assert child.stdout
    assert child.stdout.readline() == "told\n"
    os.killpg(child.pid, signal.SIGKILL)  # what it started holds the other end of the pipe
    assert child.stdout.read() == "", "and no second time"


def test_a_body_that_does_not_listen_is_killed_with_all_that_it_started(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    child = pool.fork(DEAF + BODY)
    run = running_run(timeout_seconds=5)
    hand = take(run, child.pid, since=6.5)

    assert Deadlines(pool).run_once() == {"runs killed at their limit": 1}, hand

    assert child.wait(10) == -9
    assert outcome_writer.drain()
    assert fresh(run).state == RunState.TIMED_OUT
    assert "longer than 5 s" in fresh(run).error


def test_a_body_within_its_limit_or_without_one_is_left_alone(pool: Pool) -> None:
    child, other = pool.fork(), pool.fork()
    hands = [
        take(running_run(timeout_seconds=5), child.pid, since=4),
        take(running_run(), other.pid, since=9999),
    ]

    assert Deadlines(pool).run_once() == {"runs killed at their limit": 0}, hands

    time.sleep(0.1)
    assert (child.poll(), other.poll()) == (None, None)


# --- Cancel ---


def test_a_cancel_kills_the_body_and_is_recorded_with_who_wanted_it(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, child, bystander = running_run(), pool.fork(), pool.fork()
    hands = [take(run, child.pid), take(running_run(), bystander.pid)]
    cancel_run(run, actor=by("ada"), now=timezone.now())

    assert Cancels(pool, HERE).run_once() == {"runs cancelled": 1}, hands

    assert child.wait(10) == -9
    assert outcome_writer.drain()
    assert (fresh(run).state, fresh(run).failures, fresh(run).losses) == (RunState.CANCELLED, 0, 0)
    assert "ada" in fresh(run).reason
    assert attempts_of(run)[0].status == "REVOKED"
    assert bystander.poll() is None


def test_the_death_of_a_cancelled_body_is_not_taken_for_a_loss(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, child = running_run(), pool.fork()
    hand = take(run, child.pid)
    cancel_run(run, actor=by("ada"), now=timezone.now())
    outcome_writer.expect(message_of(run), outcomes.cancelled("by ada"))

    outcome_writer.hand(
        message_of(run),
        outcomes.failure({"exc_type": "WorkerLostError", "exc_module": "billiard"}, "{}", None),
    )

    assert outcome_writer.drain(), hand
    assert (fresh(run).state, fresh(run).losses) == (RunState.CANCELLED, 0)


def test_a_worker_without_work_asks_nothing(pool: Pool, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0, using="lifecycle"):
        Cancels(pool, HERE).run_once()


# --- Dead pool children ---


def test_a_run_whose_pool_child_is_gone_is_lost_at_the_second_look(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    child = pool.fork()
    run = running_run()
    hand = take(run, child.pid)
    watch = DeadChildren()
    assert watch.run_once() == {"runs lost with their pool child": 0}, hand
    child.kill()
    eventually(lambda: parent_of(child.pid) is None)

    looks = [watch.run_once() for _ in range(3)]

    assert [look["runs lost with their pool child"] for look in looks] == [0, 1, 0]
    assert outcome_writer.drain()
    assert (fresh(run).state, fresh(run).losses, fresh(run).published_at) == (
        RunState.QUEUED,
        1,
        None,
    )


def test_a_child_that_died_before_its_claim_lets_the_run_be_published_again(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    child, run = pool.fork(), published_run()
    hand = take(run, child.pid)
    child.kill()
    watch = DeadChildren()
    eventually(lambda: watch.run_once()["runs lost with their pool child"])

    assert outcome_writer.drain(), hand
    assert (fresh(run).state, fresh(run).published_at, fresh(run).losses) == (
        RunState.QUEUED,
        None,
        0,
    )


# --- Exclusive runs ---


def stale_leases(seconds: float) -> Leases:
    """Leases that could not be renewed for so long."""
    leases = Leases(HERE, list)
    leases.renewed_at -= seconds
    return leases


@pytest.mark.parametrize("policy", ["skip", "queue", "cancel_running"])
def test_an_exclusive_run_stops_before_its_lease_is_over(
    pool: Pool, outcome_writer: OutcomeWriter, policy: str
) -> None:
    job = make_job(overlap_policy=policy)
    run = published_run(job, exclusive=True)
    assert claim(message_of(run))
    child = pool.fork()
    hand = take(run, child.pid, since=100)

    assert ExclusiveStop(pool, stale_leases(40)).run_once() == {"exclusive runs stopped": 0}, hand
    assert ExclusiveStop(pool, stale_leases(46)).run_once() == {"exclusive runs stopped": 1}

    assert child.wait(10) == -9
    assert outcome_writer.drain()
    assert (fresh(run).state, fresh(run).losses) == (RunState.QUEUED, 1)


def test_a_run_that_may_overlap_goes_on_without_a_renewal(pool: Pool) -> None:
    child = pool.fork()
    hand = take(running_run(), child.pid, since=1000)

    assert ExclusiveStop(pool, stale_leases(1000)).run_once() == {"exclusive runs stopped": 0}, hand
    assert child.poll() is None


def test_a_run_younger_than_the_last_renewal_has_its_own_time(pool: Pool) -> None:
    run = published_run(make_job(overlap_policy="skip"), exclusive=True)
    hand = take(run, pool.fork().pid, since=10)

    assert ExclusiveStop(pool, stale_leases(1000)).run_once() == {"exclusive runs stopped": 0}, hand


@configured(lease_seconds=8)
def test_a_short_lease_shortens_that_time() -> None:
    assert conf.get().exclusive_patience_seconds == 6


# --- Hands ---


def test_a_run_that_has_ended_meanwhile_is_not_taken_away(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    child = pool.fork()
    hand = take(running_run(), child.pid)
    [work] = at_work()
    state.active_requests.discard(hand)

    assert not take_away(pool, work, outcomes.release())
    assert child.poll() is None


def test_a_set_that_changes_meanwhile_is_copied_all_the_same() -> None:
    tries: list[int] = []

    def requests() -> list[str]:
        tries.append(1)
        if len(tries) < 3:
            raise RuntimeError("Set changed size during iteration")
        return ["one"]

    assert copy_of(requests) == ["one"]


def test_a_forged_message_holds_up_nobody(pool: Pool) -> None:
    child = pool.fork()
    forged, honest = (
        take(running_run(), child.pid),
        take(running_run(timeout_seconds=1), child.pid, since=0),
    )
    forged._context.update(beatwright_run="no uuid", beatwright_timeout="long")
    honest._context.update(beatwright_timeout="long")

    assert [work.request for work in at_work()] == [honest]
    assert Deadlines(pool).run_once() == {"runs killed at their limit": 0}
