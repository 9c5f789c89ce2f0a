"""Load as a small picture: starts by the minute as bars, runs at once as a line above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.queries.night.load import Step

WIDTH, HEIGHT = 600, 120


@dataclass(frozen=True)
class LoadBar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class LoadPicture:
    """``line``: the points of the runs at once, in the picture's units."""

    bars: list[LoadBar]
    line: str
    width: int = WIDTH
    height: int = HEIGHT


def load_picture(counts: Sequence[int], steps: Sequence[Step], most: int) -> LoadPicture:
    """``most`` is what the whole height stands for, so that two pictures can be compared."""
    most = max(1, most)
    wide = WIDTH / max(1, len(counts))
    bars = [
        LoadBar(round(wide * minute, 2), round(HEIGHT - height, 2), round(wide * 0.8, 2), height)
        for minute, count in enumerate(counts)
        if (height := round(max(1.5, HEIGHT * count / most) if count else 0, 2))
    ]
    return LoadPicture(bars, step_line(steps, 60 * len(counts), most, WIDTH, HEIGHT))


def step_line(steps: Sequence[Step], seconds: float, most: int, width: float, height: float) -> str:
    """The points of the staircase from the left end to the right one."""
    return " ".join(f"{x:g},{y:g}" for x, y in _corners(steps, seconds, most, width, height))


def _corners(
    steps: Sequence[Step], seconds: float, most: int, width: float, height: float
) -> Iterator[tuple[float, float]]:
    level = height
    yield 0, level
    for at, count in steps:
        x = round(width * min(max(at, 0), seconds) / seconds, 2)
        yield x, level
        level = round(height - height * count / max(1, most), 2)
        yield x, level
        if at >= seconds:
            break
    yield width, level
