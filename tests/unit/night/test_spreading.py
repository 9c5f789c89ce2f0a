"""Spreading: the peak never rises, the same starts get the same minutes, and none moves earlier."""

from __future__ import annotations

import random

import pytest

from jobs.queries.night.spreading import Start, load_of, spread

HOUR = 60


def together(count: int, takes: float = 30.0, *, latest: int = 59 * 60) -> list[Start]:
    """Starts at the beginning of the window, free to move."""
    return [Start(f"job {n}", 0, takes, latest) for n in range(count)]


def after(starts: list[Start], moves: dict[str, int]) -> tuple[int, int]:
    """The two peaks once the starts have moved."""
    return load_of(
        ((start.second + 60 * moves.get(start.key, 0), start.takes) for start in starts), HOUR
    ).heights


def test_starts_of_one_minute_are_shared_out_over_the_hour() -> None:
    starts = together(890)
    moves = spread(starts, HOUR)
    assert after(starts, {}) == (890, 890)
    assert after(starts, moves) == (15, 15)


def test_those_that_may_not_move_stay_and_the_others_make_room() -> None:
    starts = [Start(f"fixed {n}", 0, 30.0, 0) for n in range(5)] + together(5)
    moves = spread(starts, HOUR)
    assert all(key.startswith("job") for key in moves)
    assert after(starts, moves) == (5, 5)
    assert len(moves) == 5


def test_long_runs_do_not_end_up_beside_each_other() -> None:
    starts = together(4, takes=15 * 60.0)
    assert after(starts, spread(starts, HOUR)) == (1, 1)


def test_what_is_flat_already_stays_as_it_is() -> None:
    starts = [Start(f"job {n}", 60 * n, 30.0, 59 * 60) for n in range(HOUR)]
    assert spread(starts, HOUR) == {}
    assert spread([], HOUR) == {}


def random_night(dice: random.Random) -> list[Start]:
    starts = []
    for number in range(dice.randrange(1, 80)):
        second = dice.choice([0, 0, 0, 900, 1800, dice.randrange(3_600)])
        latest = min(3_599, second + dice.choice([0, 300, 1_800, 3_600]))
        starts.append(Start(f"job {number}", second, dice.expovariate(1 / 400), latest))
    return starts


@pytest.mark.parametrize("seed", range(60))
def test_neither_peak_is_ever_higher_than_before(seed: int) -> None:
    starts = random_night(random.Random(seed))
    moves = spread(starts, HOUR)
    before, then = after(starts, {}), after(starts, moves)
    assert then[0] <= before[0]
    assert then[1] <= before[1]
    assert moves == {} or then != before
    latest = {start.key: start for start in starts}
    for key, minutes in moves.items():
        assert minutes > 0
        assert latest[key].second // 60 + minutes <= latest[key].latest // 60


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_starts_are_given_does_not_matter(seed: int) -> None:
    dice = random.Random(seed)
    starts = random_night(dice)
    moves = spread(starts, HOUR)
    dice.shuffle(starts)
    assert spread(starts, HOUR) == moves
