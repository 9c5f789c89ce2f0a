"""A part that runs and answers nothing is as bad as one that has ended."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.embedded.part import Keeper, Part
from tests.support.eventually import eventually


class Answers:
    """What the part says when it is asked; how often that was."""

    def __init__(self) -> None:
        self.well = True
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.well


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def keeper(tmp_path: Path, answers: Answers, told: list[str]) -> Iterator[Keeper]:
    """A part that has become ready at the moment 0."""
    part = Part("web", ["sleep", "60"], lambda: True, answers=answers)
    keeper = Keeper(part, logs=tmp_path, say=lambda part, message: told.append(message))
    keeper.start(now=0)
    keeper.watch(now=0)
    yield keeper
    keeper.kill()


def test_a_part_that_does_not_answer_for_long_is_killed_and_started_again(
    keeper: Keeper, answers: Answers, told: list[str]
) -> None:
    answers.well = False
    for moment in range(0, 181, 20):
        keeper.watch(now=moment)
    assert told == []
    first = keeper.pid

    keeper.watch(now=200)

    assert told == ["has not answered for 180 s; it is killed"]
    process = keeper._process
    assert isinstance(process, subprocess.Popen)
    eventually(lambda: process.poll() is not None)
    keeper.watch(now=201)
    keeper.watch(now=203)
    assert keeper.pid not in {None, first}
    assert told[1] == "stopped (exit 137, SIGKILL); restarting in 1 s"


def test_one_answer_in_between_is_enough(keeper: Keeper, answers: Answers, told: list[str]) -> None:
    for moment in range(0, 1_000, 20):
        answers.well = moment % 160 == 0
        keeper.watch(now=moment)

    assert told == []


def test_it_is_not_asked_at_every_look(keeper: Keeper, answers: Answers) -> None:
    for tenth in range(600):
        keeper.watch(now=tenth / 10)

    assert answers.asked <= 4
