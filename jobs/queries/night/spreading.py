"""Spreading without a database: which minute each start gets so that fewer run at a time.

The same starts always get the same minutes. A start moves later, never earlier: what it waits for
is there by then as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from jobs.queries.night.load import Peak, Span, Step, at_once, peak_minute, peak_of


@dataclass(frozen=True)
class Start:
    """One start within the window: the second at which it is due, how long it usually takes, and
    the last second it may move to, which is ``second`` where it may not.
    """

    key: str
    second: int
    takes: float
    latest: int

    @property
    def is_fixed(self) -> bool:
        return self.latest < self.second + 60


@dataclass(frozen=True)
class Load:
    """What a list of starts comes to: starts by the minute, and how many run at once."""

    counts: list[int]
    steps: list[Step]

    @property
    def most_starts(self) -> Peak:
        return peak_minute(self.counts)

    @property
    def most_at_once(self) -> Peak:
        return peak_of(self.steps)

    def is_no_worse_than(self, other: Load) -> bool:
        """Neither peak is higher."""
        mine, theirs = self.heights, other.heights
        return mine[0] <= theirs[0] and mine[1] <= theirs[1]

    @property
    def heights(self) -> tuple[int, int]:
        return self.most_starts.count, self.most_at_once.count


def load_of(starts: Iterable[tuple[float, float]], minutes: int) -> Load:
    """``starts``: the second of each, and how long it takes; ``minutes``: how long the window
    is.
    """
    counts, spans = [0] * minutes, list[Span]()
    for second, takes in starts:
        if 0 <= second < 60 * minutes:
            counts[int(second // 60)] += 1
        spans.append(Span(second, second + max(takes, 1.0)))
    return Load(counts, at_once(spans))


def spread(starts: Sequence[Start], minutes: int) -> dict[str, int]:
    """By how many minutes each start moves, those that stay left out.

    Neither the most starts in a minute nor the most runs at once is higher than before: where that
    cannot be had, nothing moves.
    """
    height = [0] * (minutes + 1)  # at work in each minute; what runs on beyond counts in the last
    begun = [0] * (minutes + 1)
    movable = [start for start in starts if not start.is_fixed]
    for start in starts:
        if start.is_fixed:
            _place(start, start.second // 60, height, begun)
    moves: dict[str, int] = {}
    for start in sorted(movable, key=lambda each: (-each.takes, each.second, each.key)):
        own = start.second // 60
        minute = _best(start, height, begun)
        _place(start, minute, height, begun)
        if minute != own:
            moves[start.key] = minute - own
    before, after = (load_of(_moved(starts, by), minutes) for by in ({}, moves))
    return moves if after.is_no_worse_than(before) and after.heights != before.heights else {}


def _moved(starts: Sequence[Start], moves: dict[str, int]) -> Iterable[tuple[float, float]]:
    return ((start.second + 60 * moves.get(start.key, 0), start.takes) for start in starts)


def _best(start: Start, height: list[int], begun: list[int]) -> int:
    """The minute where fewest run while it does; of these, where fewest start; of these, the
    earliest.
    """
    length = _length(start)
    choices = range(start.second // 60, min(start.latest // 60, len(height) - 2) + 1)
    return min(
        choices,
        key=lambda minute: (max(height[minute : minute + length]), begun[minute], minute),
        default=start.second // 60,
    )


def _place(start: Start, minute: int, height: list[int], begun: list[int]) -> None:
    if not 0 <= minute < len(begun):
        return
    begun[minute] += 1
    for at in range(minute, min(minute + _length(start), len(height))):
        height[at] += 1


def _length(start: Start) -> int:
    return max(1, ceil((start.second % 60 + start.takes) / 60))
