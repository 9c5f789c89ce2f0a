"""What ended, step by step: stacked bars, the wait beside them as a line, and the same as a
table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from jobs.admin.look.times import NONE, Moment, moment
from jobs.queries.site.rollups import Throughput, Window, throughput
from jobs.words import duration

WINDOWS = (Window.HOUR, Window.DAY, Window.WEEK)
HEIGHT = 100
STEP = 10  # the width of one step, of which its bar takes eight
KINDS = ("ok", "failed", "skipped")


@dataclass(frozen=True)
class Block:
    """A part of a bar, in the picture's units."""

    kind: str
    y: float
    height: float


@dataclass(frozen=True)
class ThroughputStep:
    """One step: its bar from left to right, and its row in the table."""

    x: int
    blocks: list[Block]
    when: Moment
    ok: int
    failed: int
    skipped: int
    wait: str

    @property
    def label(self) -> str:
        return (
            f"{self.when.text}: {self.ok} ok, {self.failed} failed, {self.skipped} skipped, "
            f"p95 wait {self.wait}"
        )


@dataclass(frozen=True)
class Chart:
    """``line`` holds the points of the wait, in the picture's units; ``most`` and ``longest`` label
    the two axes.
    """

    window: str
    windows: list[str]
    width: int
    steps: list[ThroughputStep]
    rows: list[ThroughputStep]
    line: str
    most: str
    longest: str
    sums: list[tuple[str, str]]

    @property
    def ends(self) -> tuple[ThroughputStep, ThroughputStep]:
        return self.steps[0], self.steps[-1]


def window_of(request: HttpRequest) -> Window:
    """``?window=``; a day unless it is one of ours."""
    return next(
        (window for window in WINDOWS if window.label == request.GET.get("window")), Window.DAY
    )


def chart(window: Window, now: datetime) -> Chart:
    found = throughput(window, now=now)
    most = max(1, *(total(step) for step in found))
    longest = max((step.wait_p95_ms or 0 for step in found), default=0)
    steps = [_step(index, step, most, now) for index, step in enumerate(found)]
    return Chart(
        window=window.label,
        windows=[each.label for each in WINDOWS],
        width=STEP * len(steps),
        steps=steps,
        rows=[step for step in reversed(steps) if step.blocks],
        line=" ".join(wait_points(found, longest)),
        most=f"{most:,}",
        longest=duration(longest / 1_000) if longest else "",
        sums=[(kind, f"{sum(getattr(step, kind) for step in found):,}") for kind in KINDS],
    )


def total(step: Throughput) -> int:
    return step.ok + step.failed + step.skipped


def blocks(step: Throughput, most: int) -> Iterator[Block]:
    """From the ground up; what happened at all is to be seen, so that no block is lower than one
    unit.
    """
    ground = float(HEIGHT)
    for kind in KINDS:
        if count := getattr(step, kind):
            height = max(1.0, round(HEIGHT * count / most, 1))
            ground -= height
            yield Block(kind, round(ground, 1), height)


def wait_points(steps: Sequence[Throughput], longest: int) -> Iterator[str]:
    for index, step in enumerate(steps):
        if step.wait_p95_ms is not None and longest:
            height = HEIGHT - 0.9 * HEIGHT * step.wait_p95_ms / longest
            yield f"{STEP * index + STEP // 2},{round(height, 1)}"


def _step(index: int, step: Throughput, most: int, now: datetime) -> ThroughputStep:
    wait = NONE if step.wait_p95_ms is None else duration(step.wait_p95_ms / 1_000)
    when = moment(step.start, now)
    return ThroughputStep(
        STEP * index, list(blocks(step, most)), when, step.ok, step.failed, step.skipped, wait
    )
