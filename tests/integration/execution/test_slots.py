"""The board that pool children, their main process and its sidecar share."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace

import pytest

from jobs.execution import slots
from jobs.execution.slots import Board, Stage


def child_of(board: Board, monkeypatch: pytest.MonkeyPatch, index: int | None) -> None:
    """This process as the pool child in that place."""
    monkeypatch.setattr(slots, "current_process", lambda: SimpleNamespace(index=index))
    board.take_slot()


def test_what_a_child_does_is_seen_by_other_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    board, began = Board(4), time.monotonic()
    pid = os.fork()
    if pid == 0:
        child_of(board, monkeypatch, 0)
        board.enter(Stage.BODY, exclusive=True)
        os._exit(0)
    os.waitpid(pid, 0)

    slot = board.of(pid)

    assert slot
    assert (slot.stage, slot.is_exclusive) == (Stage.BODY, True)
    assert began < slot.since <= time.monotonic()


def test_a_child_that_waits_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(4)
    child_of(board, monkeypatch, 0)
    board.enter(Stage.CLAIMING)
    before = board.of(os.getpid())

    board.beat()

    now = board.of(os.getpid())
    assert before
    assert now
    assert (now.stage, now.since) == (Stage.CLAIMING, before.since)
    assert now.alive_at > before.alive_at


@pytest.mark.parametrize("index", [None, 2])
def test_a_process_without_a_place_has_no_slot(
    monkeypatch: pytest.MonkeyPatch, index: int | None
) -> None:
    board = Board(2)
    child_of(board, monkeypatch, index)

    board.enter(Stage.BODY)
    board.beat()

    assert list(board) == []


def test_a_successor_takes_its_predecessors_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(2)
    child_of(board, monkeypatch, 0)
    board.enter(Stage.BODY, exclusive=True)

    child_of(board, monkeypatch, 0)

    assert [(slot.pid, slot.stage, slot.is_exclusive) for slot in board] == [
        (os.getpid(), Stage.IDLE, False)
    ]
