"""A job's newest runs as bars: height is duration, shape and colour are the state, dashed lines
what is usual.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.urls import reverse

from jobs.admin.look.badges import Badge, run_badge
from jobs.admin.look.times import Moment, Took, moment, took
from jobs.models import Run, RunState
from jobs.words import duration

BARS = 60
STEP, WIDTH, HEIGHT = 16, 12, 160
CROSS = 12  # the height kept free above the bars for the marks of failures
LEAST = 4
OUTLIER = 4  # of a bar that is longer than this many p95 only the beginning is drawn
NEVER_RAN = frozenset({RunState.SKIPPED, RunState.QUEUED, RunState.BLOCKED})


@dataclass(frozen=True)
class RunBar:
    """One run. ``mark`` is the path drawn above its bar; ``kind``: solid, hatched, hollow."""

    url: str
    label: str
    tone: str
    kind: str
    x: int
    y: int
    height: int
    mark: str
    badge: Badge
    when: Moment
    took: Took


@dataclass(frozen=True)
class Level:
    """A dashed line across the bars."""

    label: str
    y: int
    text: str


@dataclass(frozen=True)
class Bars:
    bars: list[RunBar]
    levels: list[Level]
    top: str
    title: str
    width: int = BARS * STEP
    height: int = HEIGHT


def run_bars(runs: Sequence[Run], now: datetime) -> Bars:
    """``runs`` come newest first; the newest is drawn at the right end."""
    shown = list(reversed(runs[:BARS]))
    usual = usual_of(shown)
    most = scale(shown, usual[-1], now)
    first = BARS - len(shown)
    counts = Counter(run_badge(run).word for run in shown)
    told = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    return Bars(
        bars=[run_bar(run, (first + index) * STEP, most, now) for index, run in enumerate(shown)],
        levels=list(levels(usual, most)),
        top=duration(most / 1_000) if most else "",
        title=f"Last {len(shown)} runs: {told}",
    )


def usual_of(runs: Sequence[Run]) -> tuple[int, int] | tuple[None, None]:
    """The p50 and the p95 of those that started and are over, in milliseconds: durations that were
    measured.
    """
    over = (
        run for run in runs if run.started_at and run.finished_at and run.state not in NEVER_RAN
    )
    ordered = sorted(ms for run in over if (ms := took_ms(run, run.finished_at)) is not None)
    if not ordered:
        return None, None
    return ordered[ceil(0.5 * len(ordered)) - 1], ordered[ceil(0.95 * len(ordered)) - 1]


def scale(runs: Sequence[Run], p95: int | None, now: datetime) -> int:
    """How many milliseconds the whole height stands for."""
    longest = max((took_ms(run, now) or 0 for run in runs), default=0)
    return max(min(longest, OUTLIER * p95 if p95 else longest), p95 or 0)


def took_ms(run: Run, now: datetime | None) -> int | None:
    """Of a running run, so far; None of one that never started."""
    if run.started_at is None or run.state in NEVER_RAN:
        return None
    end = run.finished_at or now
    if end is None:
        return None
    return max(0, int((end - run.started_at).total_seconds() * 1_000))


def run_bar(run: Run, x: int, most: int, now: datetime) -> RunBar:
    badge, ms = run_badge(run), took_ms(run, now)
    when = moment(run.scheduled_for, now, run.job.timezone)
    lasted = Took() if ms is None else took(run.started_at, run.finished_at, now, goes_on=True)
    share = min(1.0, ms / most) if ms and most else 0.0
    height = LEAST + round(share * (HEIGHT - CROSS - LEAST)) if ms is not None else HEIGHT - CROSS
    kind = "hatched" if run.state == RunState.SKIPPED else "solid" if ms is not None else "hollow"
    y = HEIGHT - height
    said = (
        run.reason
        if run.state == RunState.SKIPPED
        else lasted.text
        if ms is not None
        else "not started"
    )
    label = f"{badge.word}, {when.text}{f', {said}' if said else ''}"
    url = reverse("beatwright:beatwright_run_change", args=[run.pk])
    is_cut = bool(ms and most and ms > most)
    return RunBar(
        url,
        label,
        badge.tone,
        kind,
        x + 2,
        y,
        height,
        bar_mark(run, x + 2, y, is_cut),
        badge,
        when,
        lasted,
    )


def bar_mark(run: Run, x: int, y: int, is_cut: bool) -> str:
    """A cross for a failure, a ceiling for a timeout, a dash for what was cancelled, a lid on a bar
    that goes on.
    """
    if run.state == RunState.FAILED:
        return f"M{x + 2} {y - 10}l8 8m0 -8l-8 8"
    if run.state == RunState.TIMED_OUT:
        return f"M{x} {y - 8}h{WIDTH}M{x} {y - 4}h{WIDTH}"
    if run.state == RunState.CANCELLED:
        return f"M{x + 2} {y - 5}h8"
    return f"M{x} {y - 4}h{WIDTH}" if is_cut else ""


def levels(usual: tuple[int | None, int | None], most: int) -> Iterator[Level]:
    for name, ms in zip(("p50", "p95"), usual, strict=True):
        if ms and most:
            y = HEIGHT - LEAST - round(min(1.0, ms / most) * (HEIGHT - CROSS - LEAST))
            yield Level(name, y, duration(ms / 1_000))
