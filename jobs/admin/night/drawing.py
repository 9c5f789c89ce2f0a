"""The rows of a timeline: bars to scale in lanes, with what they say; widths in per cent, heights
in pixels.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.urls import reverse

from jobs.admin.look.badges import RUN_BADGES, Badge
from jobs.admin.look.times import NONE
from jobs.admin.night.span import TimeSpan
from jobs.models import RunState
from jobs.queries.night.timeline import EXPECTED, TimelineBar
from jobs.words import duration, roughly

MOST_ROWS, MOST_BARS, MOST_LANES = 200, 2_000, 10
LANE, BAR, PADDING = 16, 12, 10
NARROW, APART = 0.5, 0.45  # per cent: narrow bars so close to each other are drawn as one
TOGETHER = 1.2  # no more than this, so that many short runs do not look like a long one
LEAST_WIDTH, ROOM = 0.3, 1.4
SEVERAL = Badge("several", "more_horiz", "good", "short runs so close that they are one bar")
EXPECTED_BADGE = Badge("expected", "pending", "neutral", "due; as long as it usually takes")
BADGES = RUN_BADGES | {EXPECTED: EXPECTED_BADGE}
KINDS = {EXPECTED: "hollow", "skipped": "hatched", "queued": "waiting", "blocked": "waiting"}
MARKS = {
    "failed": "M3 1l8 8m0 -8l-8 8",
    "timed_out": "M3 1v8M7 1v8",
    "cancelled": "M3 5h7",
}
NO_WORKER = "not on a worker yet"
BY: dict[str, Callable[[TimelineBar], str]] = {
    "job": lambda bar: bar.name,
    "queue": lambda bar: bar.queue,
    "worker": lambda bar: bar.worker or NO_WORKER,
}


@dataclass
class DrawnBar:
    """One bar: a run, an expected one, or several so close that they are drawn as one."""

    state: str
    begins: datetime
    ends: datetime
    of: list[TimelineBar]
    url: str = ""
    label: str = ""
    x: float = 0
    width: float = 0
    y: int = 0
    has_room: bool = False

    @property
    def tone(self) -> str:
        return BADGES[self.state].tone

    @property
    def kind(self) -> str:
        if len(self.of) > 1:
            return "many"
        is_short = self.state == EXPECTED and self.width < NARROW
        return "faint" if is_short else KINDS.get(self.state, "solid")

    @property
    def mark(self) -> str:
        """The path drawn behind it, where there is room."""
        return MARKS.get(self.state, "") if self.has_room else ""

    @property
    def taller(self) -> int:
        """By how much it reaches beyond the others at either end: a failure is more than red."""
        return 2 if self.tone == "bad" else 0

    @property
    def top(self) -> int:
        return self.y - self.taller

    @property
    def height(self) -> int:
        return BAR + 2 * self.taller

    @property
    def mark_x(self) -> float:
        return round(self.x + self.width, 2)


@dataclass
class TimelineRow:
    """A job, a queue or a worker: its bars, and the same in numbers."""

    name: str
    url: str
    bars: list[DrawnBar]
    counts: Counter[str]
    busy: float
    y: int = 0
    height: int = 0

    @property
    def middle(self) -> int:
        return self.y + self.height // 2 + 4

    @property
    def first(self) -> datetime:
        return self.bars[0].begins

    @property
    def busy_text(self) -> str:
        return roughly(self.busy) if self.busy else NONE

    @property
    def ran(self) -> int:
        return sum(
            count for state, count in self.counts.items() if state not in (EXPECTED, "skipped")
        )

    @property
    def failed(self) -> int:
        return self.counts["failed"] + self.counts["timed_out"]

    @property
    def skipped(self) -> int:
        return self.counts["skipped"]

    @property
    def expected(self) -> int:
        return self.counts[EXPECTED]


@dataclass
class TimelineRows:
    """``total``: how many rows there would be; ``height`` of them together."""

    rows: list[TimelineRow] = field(default_factory=list)
    total: int = 0
    height: int = 0


def timeline_rows(
    bars: Iterable[TimelineBar], by: str, span: TimeSpan, zone: ZoneInfo, now: datetime
) -> TimelineRows:
    """The busiest rows, in the order in which they begin; at most MOST_ROWS with MOST_BARS."""
    groups: dict[str, list[TimelineBar]] = defaultdict(list)
    for bar in bars:
        groups[BY[by](bar)].append(bar)
    found = [_row(name, of, by, span, zone) for name, of in groups.items()]
    found.sort(key=lambda row: (-row.busy, row.name))
    drawn = TimelineRows(list(_as_many_as_fit(found)), len(found))
    drawn.rows.sort(key=lambda row: (max(row.first, span.start), row.name))
    for row in drawn.rows:
        row.y = drawn.height
        drawn.height += row.height
        for drawn_bar in row.bars:
            drawn_bar.y += row.y
    return drawn


def timeline_legend() -> list[tuple[Badge, str, str]]:
    """Each badge that a bar can carry, its kind, and its mark."""
    shown = ("running", "succeeded", "failed", "timed_out", "cancelled", "skipped", "queued")
    states = [*shown, EXPECTED]
    each = [(BADGES[state], KINDS.get(state, "solid"), MARKS.get(state, "")) for state in states]
    return [*each, (SEVERAL, "many", "")]


def _as_many_as_fit(rows: Sequence[TimelineRow]) -> Iterator[TimelineRow]:
    left = MOST_BARS
    for row in rows[:MOST_ROWS]:
        left -= len(row.bars)
        if left < 0:
            return
        yield row


def _row(name: str, of: list[TimelineBar], by: str, span: TimeSpan, zone: ZoneInfo) -> TimelineRow:
    of.sort(key=lambda bar: (bar.begins, bar.name))
    bars = list(_close_ones_as_one(of, span))
    lanes = _into_lanes(bars, span)
    for bar in bars:
        bar.url, bar.label = _address(bar, by), _label(bar, zone)
    busy = sum(
        (min(bar.ends, span.end) - max(bar.begins, span.start)).total_seconds()
        for bar in of
        if bar.ran
    )
    counts = Counter(bar.state for bar in of)
    return TimelineRow(name, _row_url(of[0], by), bars, counts, busy, height=PADDING + LANE * lanes)


def _close_ones_as_one(of: Sequence[TimelineBar], span: TimeSpan) -> Iterator[DrawnBar]:
    open_groups: dict[str, DrawnBar] = {}
    for bar in of:
        group = open_groups.get(bar.state)
        is_narrow = span.x(bar.ends) - span.x(bar.begins) < NARROW
        if group and is_narrow and _is_close(bar, group, span):
            group.of.append(bar)
            group.ends = max(group.ends, bar.ends)
            continue
        drawn = DrawnBar(bar.state, bar.begins, bar.ends, [bar])
        if is_narrow:
            open_groups[bar.state] = drawn
        yield drawn


def _is_close(bar: TimelineBar, group: DrawnBar, span: TimeSpan) -> bool:
    gap = span.x(bar.begins) - span.x(group.ends)
    return gap < APART and span.x(bar.ends) - span.x(group.begins) < TOGETHER


def _into_lanes(bars: Sequence[DrawnBar], span: TimeSpan) -> int:
    """Give each bar its place; returns how many lanes there are."""
    free = list[float]()
    for bar in bars:
        bar.x = span.x(bar.begins)
        bar.width = round(max(LEAST_WIDTH, span.x(bar.ends) - bar.x), 2)
        bar.x = min(bar.x, 100 - bar.width)
        lane = next((n for n, end in enumerate(free) if end <= bar.x), len(free))
        if lane == len(free) and lane < MOST_LANES:
            free.append(0)
        lane = min(lane, MOST_LANES - 1)
        free[lane] = max(free[lane], bar.x + bar.width)
        bar.y = PADDING // 2 + LANE * lane + (LANE - BAR) // 2
    for bar, after in pairwise(bars):
        bar.has_room = after.x - bar.x - bar.width > ROOM
    if bars:
        bars[-1].has_room = True
    return max(1, len(free))


def _address(bar: DrawnBar, by: str) -> str:
    """Its run's page; of an expected one, and of many, its job's."""
    if len(bar.of) == 1 and bar.of[0].run:
        return reverse("beatwright:beatwright_run_change", args=[bar.of[0].run])
    if len({each.job for each in bar.of}) == 1:
        return reverse("beatwright:beatwright_job_detail", args=[bar.of[0].job])
    return _row_url(bar.of[0], by)


def _row_url(bar: TimelineBar, by: str) -> str:
    if by == "job":
        return reverse("beatwright:beatwright_job_detail", args=[bar.job])
    if by == "queue":
        return f"{reverse('beatwright:beatwright_run_changelist')}?queue={bar.queue}"
    return reverse("beatwright:workers")


def _label(bar: DrawnBar, zone: ZoneInfo) -> str:
    first, word = bar.of[0], BADGES[bar.state].word
    begins, ends = (at.astimezone(zone) for at in (bar.begins, bar.ends))
    if len(bar.of) > 1:
        names = {each.name for each in bar.of}
        whose = first.name if len(names) == 1 else f"{len(names)} jobs"
        return f"{whose}: {len(bar.of)} runs {word}, {begins:%H:%M} – {ends:%H:%M}"
    if bar.state == RunState.SKIPPED:
        return f"{first.name}: {word}, due {begins:%a %H:%M:%S}"
    took = duration((bar.ends - bar.begins) / timedelta(seconds=1))
    return f"{first.name}: {word}, {begins:%a %H:%M:%S}, {took}"
