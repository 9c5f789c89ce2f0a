"""How far a run is, in words that stay true however long it runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.admin.look.progress import outlook, usual_share


def seconds(number: float | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)


@pytest.mark.parametrize(
    ("reported", "elapsed", "usual", "words"),
    [
        (82, 10, None, "about 2 s left"),
        (82, 10, 1, "about 2 s left"),  # what the task says comes first
        (100, 10, 30, ""),
        (0, 10, 30, ""),
        (None, 10, 40, "about 30 s left"),
        (None, 39.5, 40, ""),
        (None, 40, 40, ""),
        (None, 46, 40, "6 s longer than usual"),
        (None, 400, 40, "6 min longer than usual"),
        (None, 400, None, ""),
    ],
)
def test_the_outlook_is_what_remains_or_how_much_longer_it_is(
    reported: int | None, elapsed: float, usual: float | None, words: str
) -> None:
    assert outlook(reported, timedelta(seconds=elapsed), seconds(usual)) == words


@pytest.mark.parametrize(
    ("elapsed", "usual", "share"),
    [(0, 40, 0), (10, 40, 25), (39.99, 40, 99), (40, 40, None), (10, None, None)],
)
def test_the_share_of_the_usual_time_ends_with_that_time(
    elapsed: float, usual: float | None, share: int | None
) -> None:
    assert usual_share(timedelta(seconds=elapsed), seconds(usual)) == share
