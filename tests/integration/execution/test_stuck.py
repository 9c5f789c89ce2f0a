"""Pool children that hang outside of a body are found, told from those that work or wait, and
killed.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.execution.outcome.settle import OutcomeWriter
from jobs.execution.slots import Board, Slot, Stage
from jobs.execution.supervision.stuck import StuckChildren
from jobs.lifecycle.claim import claim
from jobs.models import Run
from tests.integration.execution.delivery import message_of, published_run
from tests.integration.execution.pool import Pool, take

AGES_AGO = 100.0


class Shown(Board):
    """A board with the slots that the test says."""

    def __init__(self, *slots: Slot) -> None:
        super().__init__(1)
        self.shown = slots
        self.main.loop_at = time.monotonic()

    def __iter__(self) -> Any:
        return iter(self.shown)


def slot(pid: int, stage: Stage, *, since: float = AGES_AGO, alive: float = AGES_AGO) -> Slot:
    """What a child has said of itself so many seconds ago."""
    now = time.monotonic()
    return Slot(pid, stage, False, now - since, now - alive)


def test_a_child_that_hangs_before_its_claim_is_killed_and_the_run_is_published_again(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, child = published_run(), pool.fork()
    hand = take(run, child.pid, since=AGES_AGO)
    stuck = StuckChildren(pool, Shown(slot(child.pid, Stage.CLAIMING)))

    assert stuck.run_once() == {"hung pool children killed": 1}, hand

    assert child.wait(10) == -9
    assert outcome_writer.drain()
    fresh = Run.objects.get(pk=run.pk)
    assert (fresh.state, fresh.published_at, fresh.losses) == ("queued", None, 0)
    assert (stuck.now, stuck.killed) == (1, 1)


def test_a_child_that_hangs_after_its_body_is_killed_and_the_attempt_is_lost(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    run, child = published_run(), pool.fork()
    assert claim(message_of(run))
    hand = take(run, child.pid, since=AGES_AGO)

    killed = StuckChildren(pool, Shown(slot(child.pid, Stage.ENDING))).run_once()

    assert killed == {"hung pool children killed": 1}, hand
    assert outcome_writer.drain()
    assert Run.objects.get(pk=run.pk).losses == 1


@pytest.mark.parametrize(
    ("stage", "alive"),
    [
        (Stage.BODY, AGES_AGO),  # a body may take its time
        (Stage.CLAIMING, 1.0),  # it waits for the database, and says so
        (Stage.ENDING, 1.0),
    ],
)
def test_a_child_that_works_or_waits_is_left_alone(pool: Pool, stage: Stage, alive: float) -> None:
    child = pool.fork()
    hand = take(published_run(), child.pid, since=AGES_AGO)
    stuck = StuckChildren(pool, Shown(slot(child.pid, stage, alive=alive)))

    assert stuck.run_once() == {"hung pool children killed": 0}, hand
    assert (stuck.now, child.poll()) == (0, None)


def test_a_child_that_hangs_before_it_does_anything_with_its_message_is_killed(
    pool: Pool, outcome_writer: OutcomeWriter
) -> None:
    child = pool.fork()
    hand = take(published_run(), child.pid, since=50)
    stuck = StuckChildren(pool, Shown(slot(child.pid, Stage.IDLE, since=AGES_AGO)))

    assert stuck.run_once() == {"hung pool children killed": 1}, hand


def test_a_child_that_is_done_while_the_event_loop_has_not_heard_is_left_alone(pool: Pool) -> None:
    child = pool.fork()
    hand = take(published_run(), child.pid, since=AGES_AGO)
    stuck = StuckChildren(pool, Shown(slot(child.pid, Stage.IDLE, since=50)))

    assert stuck.run_once() == {"hung pool children killed": 0}, hand


def test_a_child_that_takes_up_no_message_is_killed(pool: Pool) -> None:
    child = pool.fork()
    handed = SimpleNamespace(_accepted=False, _write_to=SimpleNamespace(pid=child.pid))
    pool._cache = {1: handed}  # type: ignore[attr-defined]
    stuck = StuckChildren(pool, Shown(slot(child.pid, Stage.IDLE)))
    assert stuck.run_once() == {"hung pool children killed": 0}, "it was handed over just now"

    stuck.unaccepted = {key: at - AGES_AGO for key, at in stuck.unaccepted.items()}
    stuck.board.main.loop_at = time.monotonic() - AGES_AGO
    assert stuck.run_once() == {"hung pool children killed": 0}, "the event loop reads nothing"

    handed_over = map(id, pool._cache.values())  # type: ignore[attr-defined]
    stuck.unaccepted = {1: 0.0} | dict.fromkeys(handed_over, time.monotonic() - AGES_AGO)
    stuck.board.main.loop_at = time.monotonic()
    assert stuck.run_once() == {"hung pool children killed": 1}
    assert child.wait(10) == -9
