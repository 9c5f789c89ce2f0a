"""Load, without a database: how many runs are at work at a time, and when there are most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """From when to when something runs, in seconds; it ends before its end."""

    start: float
    end: float


class Step(NamedTuple):
    """From this second on, so many run at once."""

    at: float
    running: int


@dataclass(frozen=True)
class Peak:
    """The most there is, and where it is first."""

    at: float = 0
    count: int = 0


def at_once(spans: Iterable[Span]) -> list[Step]:
    """How many run at a time: one step for each moment at which it changes, the last one down to
    none.
    """
    changes: dict[float, int] = {}
    for start, end in spans:
        if end > start:
            changes[start] = changes.get(start, 0) + 1
            changes[end] = changes.get(end, 0) - 1
    steps, count = list[Step](), 0
    for at, change in sorted(changes.items()):
        count += change
        if change:
            steps.append(Step(at, count))
    return steps


def coarser(steps: Sequence[Step], seconds: float, columns: int) -> list[Step]:
    """At most ``columns`` steps over so many seconds: of each column the most that ran in it."""
    if len(steps) <= columns:
        return list(steps)
    wide, running = seconds / columns, 0
    found, rest = list[Step](), list(reversed(steps))
    for column in range(columns):
        most = running
        while rest and rest[-1].at < (column + 1) * wide:
            running = rest.pop().running
            most = max(most, running)
        found.append(Step(column * wide, most))
    return found


def peak_of(steps: Sequence[Step]) -> Peak:
    """The first of the highest steps."""
    highest = max(steps, key=lambda step: (step.running, -step.at), default=Step(0, 0))
    return Peak(highest.at, highest.running)


def peak_minute(counts: Sequence[int]) -> Peak:
    """The first of the fullest minutes, by its index."""
    most = max(counts, default=0)
    return Peak(list(counts).index(most), most) if most else Peak()
