"""The last runs of a job as a strip of bars: height is duration, shape and colour are the state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from jobs.admin.look.badges import RUN_BADGES
from jobs.admin.look.times import NONE, relative
from jobs.models import RecentRun, RunState
from jobs.words import duration

BARS = 30
STEP, WIDTH, HEIGHT, LEAST = 6, 4, 24, 3
CROSS = 6  # the height kept free above the bars for the marks of failures


@dataclass(frozen=True)
class StripBar:
    """One run; ``path`` draws it, ``x`` is where its column begins."""

    url: str
    title: str
    tone: str
    path: str
    x: int


@dataclass(frozen=True)
class Strip:
    """``title`` says in words what the bars show; ``rate``: how many of those that succeeded or
    failed did succeed.
    """

    bars: list[StripBar]
    title: str
    rate: str
    width: int = BARS * STEP
    height: int = HEIGHT


def strip(runs: Sequence[RecentRun], now: datetime) -> Strip:
    """The oldest on the left, the newest on the right end."""
    runs = runs[-BARS:]
    longest = max((run.duration_ms or 0 for run in runs), default=0)
    first = BARS - len(runs)
    runs_url = reverse("beatwright:beatwright_run_changelist")
    bars = [
        strip_bar(run, (first + n) * STEP, longest, now, runs_url) for n, run in enumerate(runs)
    ]
    counts = Counter(RUN_BADGES[run.state].word for run in runs)
    told = ", ".join(f"{count} {word}" for word, count in counts.most_common())
    return Strip(bars, f"Last {len(runs)} runs: {told}", _rate(runs))


def strip_bar(run: RecentRun, x: int, longest: int, now: datetime, runs_url: str) -> StripBar:
    badge = RUN_BADGES[run.state]
    took = duration(run.duration_ms / 1000) if run.duration_ms is not None else "never started"
    title = f"{badge.word}, {took}, {relative(run.finished_at, now)}"
    path = PATHS.get(run.state, _bar)(x + 1, _height(run, longest))
    return StripBar(f"{runs_url}{run.run_id}/", title, badge.tone, path, x)


def legend() -> list[tuple[StripBar, str]]:
    """A bar of each state, and what it stands for."""
    shown = [(state, RUN_BADGES[state]) for state in RunState.final()]
    return [
        (StripBar("", "", badge.tone, PATHS.get(state, _bar)(1, 12), 0), badge.word)
        for state, badge in shown
    ]


def _height(run: RecentRun, longest: int) -> int:
    share = (run.duration_ms or 0) / longest if longest else 0
    return LEAST + round(share * (HEIGHT - CROSS - LEAST))


def _bar(x: int, height: int) -> str:
    return f"M{x} {HEIGHT}v-{height}h{WIDTH}v{height}z"


def _crossed(x: int, height: int) -> str:
    """A bar with a cross above it."""
    top = HEIGHT - height - CROSS
    return f"{_bar(x, height)}M{x} {top}l4 4M{x + WIDTH} {top}l-4 4"


def _capped(x: int, height: int) -> str:
    """A bar that ran into a ceiling."""
    top = HEIGHT - height - CROSS
    return f"{_bar(x, height)}M{x} {top + 1}h{WIDTH}M{x} {top + 3}h{WIDTH}"


def _hollow(x: int, height: int) -> str:
    """A frame: nothing ran."""
    return f"M{x}.5 {HEIGHT - 0.5}v-5h3v5z"


def _dash(x: int, height: int) -> str:
    return f"M{x} {HEIGHT - 6}h{WIDTH}v2h-{WIDTH}z"


PATHS = {
    RunState.FAILED: _crossed,
    RunState.TIMED_OUT: _capped,
    RunState.SKIPPED: _hollow,
    RunState.CANCELLED: _dash,
}


def _rate(runs: Sequence[RecentRun]) -> str:
    good = sum(run.state == RunState.SUCCEEDED for run in runs)
    bad = sum(run.state in {RunState.FAILED, RunState.TIMED_OUT} for run in runs)
    return f"{100 * good // (good + bad)} %" if good + bad else NONE
