"""How far a running run is: as it says itself, else by what is usual.

``counting.js`` goes on where this leaves off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.admin.look.times import Moment, moment
from jobs.models import Run, RunState
from jobs.words import duration, roughly

WORTH_SAYING = timedelta(seconds=1)


@dataclass(frozen=True)
class ProgressRow:
    """``share`` (0 to 100) is None where nobody knows; ``reported``: the same if the task itself
    says so.

    ``steps``: as the task counts them. ``outlook``: how much is likely to remain, or how much
    longer than usual it is.
    """

    share: int | None
    reported: int | None
    says: str
    steps: str
    started: Moment
    elapsed: str
    usual: str
    usual_ms: int | None
    outlook: str
    is_over_usual: bool

    @property
    def filled(self) -> int:
        """Of the bar: all of it once the usual time is over, which is no share of anything."""
        return 100 if self.share is None else self.share


def progress_row(run: Run, now: datetime) -> ProgressRow | None:
    """Of a running run, its job's health loaded; no query."""
    if run.state != RunState.RUNNING or run.started_at is None:
        return None
    elapsed = max(timedelta(), now - run.started_at)
    usual = timedelta(milliseconds=run.job.health.p50_ms) if run.job.health.p50_ms else None
    reported = reported_share(run.progress)
    return ProgressRow(
        share=usual_share(elapsed, usual) if reported is None else reported,
        reported=reported,
        says=progress_message(run.progress),
        steps=steps_done(run.progress),
        started=moment(run.started_at, now, run.job.timezone),
        elapsed=roughly(elapsed.total_seconds()),
        usual=duration(usual.total_seconds()) if usual else "",
        usual_ms=run.job.health.p50_ms or None,
        outlook=outlook(reported, elapsed, usual),
        is_over_usual=bool(usual and elapsed > 2 * usual),
    )


def usual_share(elapsed: timedelta, usual: timedelta | None) -> int | None:
    """Nobody knows any more once the usual time is over."""
    return int(100 * elapsed / usual) if usual and elapsed < usual else None


def outlook(reported: int | None, elapsed: timedelta, usual: timedelta | None) -> str:
    """At the pace so far, if the task says how far it is; else beside what is usual."""
    if reported:
        return _left(elapsed * (100 - reported) / reported)
    if usual is None or reported is not None:
        return ""
    over = elapsed - usual
    return (
        f"{roughly(over.total_seconds())} longer than usual"
        if over >= WORTH_SAYING
        else _left(-over)
    )


def _left(left: timedelta) -> str:
    return f"about {roughly(left.total_seconds())} left" if left >= WORTH_SAYING else ""


def reported_share(progress: object) -> int | None:
    """Of a task that reports ``current`` and ``total``, between 0 and 100."""
    if not isinstance(progress, dict):
        return None
    current, total = progress.get("current"), progress.get("total")
    if not isinstance(current, int | float) or not isinstance(total, int | float) or total <= 0:
        return None
    return int(max(0, min(100, 100 * current / total)))


def steps_done(reported: object) -> str:
    """``41 of 50`` of a task that reports ``current`` and ``total``."""
    if reported_share(reported) is None or not isinstance(reported, dict):
        return ""
    return f"{reported['current']:,} of {reported['total']:,}"


def progress_message(progress: object) -> str:
    return str(progress.get("message") or "")[:200] if isinstance(progress, dict) else ""
