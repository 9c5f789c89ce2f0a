"""A pool child that leaves after its run: with a pool of billiard's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from billiard.pool import Pool

from jobs.execution import slots
from jobs.execution.slots import Board
from jobs.execution.worker.child_turnover import leaving


def work(leave: bool) -> int:
    if leave:
        leaving.after_this_run()
    return os.getpid()


def break_down() -> None:
    leaving.at_once()


@pytest.fixture
def pool() -> Iterator[Any]:
    """One child at a time, as a worker's is."""
    pool: Any = Pool(1, initializer=leaving.prepare)
    yield pool
    pool.terminate()
    pool.join()


def test_the_end_of_its_task_is_told_and_another_child_takes_the_next(pool: Any) -> None:
    first = [pool.apply(work, (leave,)) for leave in (False, False, True)]
    second = [pool.apply(work, (False,)) for _ in range(2)]

    assert len(set(first)) == len(set(second)) == 1
    assert set(first).isdisjoint(second)


def test_a_child_that_is_asked_again_and_again_loses_nothing(pool: Any) -> None:
    # As a worker's tasks are handed over. billiard takes a map() for lost that needs ten seconds
    # after one of its children has left, though what that child did is done.
    results = [pool.apply_async(work, (True,)) for _ in range(5)]

    assert len({result.get(60) for result in results}) == 5


def test_a_child_that_cannot_go_on_is_lost_with_its_task(pool: Any) -> None:
    with pytest.raises(Exception, match="exited prematurely: exitcode 1"):
        pool.apply(break_down)

    assert pool.apply(work, (False,)) != os.getpid()


def test_outside_of_a_pool_nothing_ends() -> None:
    leaving.at_once()
    leaving.after_this_run()
    leaving.is_asked = False


def test_the_board_shows_that_a_child_leaves_and_counts_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = Board(4)
    monkeypatch.setattr(slots, "current_process", lambda: SimpleNamespace(index=0))
    board.take_slot()
    board.leave()
    board.leave()
    leaves = [slot.leaves for slot in board]
    board.take_slot()
    board.leave()

    assert leaves == [True]
    assert board.replaced == 2, "once for each child that had the place"
