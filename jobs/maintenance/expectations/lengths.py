"""What is expected of how long a run takes and of what it returns, and what to say where it is
otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jobs.expectations import parse_run_length
from jobs.maintenance.expectations.words import on_the_jobs_clock
from jobs.models import Miss, MissKind, Run, RunState
from jobs.models.stats.job_health import LETTERS
from jobs.words import duration

#: A percentile of fewer successes says nothing.
LEAST_SUCCESSES = 5
SUCCEEDED = LETTERS[RunState.SUCCEEDED]


class Usual(NamedTuple):
    """What a job expects of its runs, and the health that multiples of its p95 rest on."""

    longest: str
    shortest: str
    p95_ms: int | None
    recent: Sequence[Sequence[Any]] | None

    def limit(self, text: str) -> float | None:
        """In seconds; None where there is no limit, or too little is known to tell."""
        if not text:
            return None
        successes = sum(1 for _, _, letter, _ in self.recent or () if letter == SUCCEEDED)
        return parse_run_length(text).in_seconds(
            self.p95_ms if successes >= LEAST_SUCCESSES else None
        )


class LengthVerdict(NamedTuple):
    """A miss that is about to be written: its kind, since when, and what to say."""

    kind: MissKind
    at: datetime
    said: str

    def miss(self, run: Run, *, now: datetime) -> Miss:
        """Unsaved; the run's job is loaded."""
        due = on_the_jobs_clock(run.scheduled_for, run.job.timezone)
        return Miss(
            run=run,
            job_id=run.job_id,
            kind=self.kind,
            at=self.at,
            known_at=now,
            message=f"The run of {due} {self.said}."[:1000],
        )


def too_slow(
    usual: Usual, started_at: datetime, until: datetime, *, is_running: bool
) -> LengthVerdict | None:
    """``is_running``: it is still at work at ``until``."""
    limit, took = usual.limit(usual.longest), (until - started_at).total_seconds()
    if limit is None or took <= limit:
        return None
    verb = "has been running for" if is_running else "took"
    said = f"{verb} {duration(took)}; the longest run is {_told(usual.longest, limit)}"
    return LengthVerdict(MissKind.SLOW, started_at + timedelta(seconds=limit), said)


def too_short(usual: Usual, started_at: datetime, finished_at: datetime) -> LengthVerdict | None:
    limit, took = usual.limit(usual.shortest), (finished_at - started_at).total_seconds()
    if limit is None or took >= limit:
        return None
    said = f"took only {duration(took)}; the shortest run is {_told(usual.shortest, limit)}"
    return LengthVerdict(MissKind.SHORT, finished_at, said)


def _told(text: str, limit: float) -> str:
    """``1 h 10 min (2x p95)``: the multiple beside what it comes to."""
    return f"{duration(limit)} ({text})" if "p95" in text.lower() else duration(limit)
