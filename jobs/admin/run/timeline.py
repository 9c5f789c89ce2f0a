"""A run's way to scale: how long it waited, and each attempt from its start to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from jobs.admin.look.badges import ATTEMPT_BADGES, RUN_BADGES
from jobs.admin.look.times import Moment, between, moment
from jobs.models import Run
from jobs.moments import read_moment

WIDTH = 1_000
LEAST = 4  # what happened at all is to be seen


@dataclass(frozen=True)
class Segment:
    """A stretch in the picture's units; one without a ``url`` is a wait."""

    x: int
    width: int
    tone: str
    label: str
    url: str = ""


@dataclass(frozen=True)
class Timeline:
    segments: list[Segment]
    start: Moment
    end: Moment
    label: str
    width: int = WIDTH


@dataclass(frozen=True)
class Scale:
    start: datetime
    span: timedelta

    def x(self, when: datetime) -> int:
        return min(WIDTH, max(0, round(WIDTH * (when - self.start) / self.span)))


def timeline(run: Run, attempts: Sequence[dict[str, Any]], now: datetime) -> Timeline | None:
    """From when the run was due, or wanted, to its end or to now; None of a run that never
    started.
    """
    started = [attempt for attempt in attempts if attempt["started_at"]]
    if not started:
        return None
    first = read_moment(started[0]["started_at"])
    start = min(max(run.scheduled_for, run.created_at), first)
    end = max(run.finished_at or now, start + timedelta(milliseconds=1))
    scale = Scale(start, end - start)
    zone = run.job.timezone
    count = f"{len(started)} attempts" if len(started) > 1 else "one attempt"
    label = f"{count} within {between(start, end)}"
    return Timeline(
        list(_segments(run, started, scale, end)),
        moment(start, now, zone),
        moment(end, now, zone),
        label,
    )


def _segments(
    run: Run, attempts: Sequence[dict[str, Any]], scale: Scale, end: datetime
) -> Iterator[Segment]:
    at = scale.start
    url = reverse("beatwright:beatwright_run_change", args=[run.pk])
    for index, attempt in enumerate(attempts, 1):
        begun = read_moment(attempt["started_at"])
        done = read_moment(attempt["finished_at"]) if attempt["finished_at"] else end
        if begun > at:
            yield _wait(scale, at, begun)
        number = attempt["attempt"] or index
        badge = ATTEMPT_BADGES.get(attempt["outcome"] or attempt["status"], RUN_BADGES["running"])
        label = f"attempt {number}: {badge.word}, {between(begun, done)}"
        width = max(LEAST, scale.x(done) - scale.x(begun))
        yield Segment(
            min(scale.x(begun), WIDTH - LEAST), width, badge.tone, label, f"{url}?attempt={number}"
        )
        at = done
    if end > at:
        yield _wait(scale, at, end)


def _wait(scale: Scale, start: datetime, end: datetime) -> Segment:
    return Segment(
        scale.x(start), scale.x(end) - scale.x(start), "neutral", f"waited {between(start, end)}"
    )
