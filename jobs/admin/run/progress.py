"""How far a running run is: as it says itself, else by what is usual; and whether its worker is still heard of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs import conf
from jobs.admin.dashboard.now_and_next import reported_share, said
from jobs.admin.look.times import Moment, duration, moment, roughly
from jobs.models import Run, RunState

MISSED_RENEWALS = 2.5  # a worker that is merely busy misses one


@dataclass(frozen=True)
class Progress:
    """``share`` is None where nobody knows; ``steps``: as the task counts them; ``left``: what is likely to remain."""

    share: int | None
    says: str
    steps: str
    started: Moment
    elapsed: str
    usual: str
    left: str
    is_over_usual: bool


@dataclass(frozen=True)
class Silence:
    """A worker has not renewed its lease: since when it is silent, and when the run is taken back."""

    sentence: str


def progress(run: Run, now: datetime) -> Progress | None:
    """Of a running run; no query."""
    if run.state != RunState.RUNNING or run.started_at is None:
        return None
    elapsed = max(timedelta(), now - run.started_at)
    p50 = run.job.health.p50_ms
    usual = timedelta(milliseconds=p50) if p50 else None
    share = reported_share(run.progress)
    left = remaining(share, elapsed, usual)
    return Progress(
        share=min(99, int(100 * elapsed / usual)) if share is None and usual else share,
        says=said(run.progress),
        steps=counted(run.progress),
        started=moment(run.started_at, now, run.job.timezone),
        elapsed=roughly(elapsed.total_seconds()),
        usual=duration(usual.total_seconds()) if usual else "",
        left=roughly(left.total_seconds()) if left else "",
        is_over_usual=bool(usual and elapsed > 2 * usual),
    )


def remaining(share: int | None, elapsed: timedelta, usual: timedelta | None) -> timedelta | None:
    """At the pace so far, if the task says how far it is; else up to what is usual."""
    if share:
        left = elapsed * (100 - share) / share
    elif usual is not None and share is None:
        left = usual - elapsed
    else:
        return None
    return left if left > timedelta(seconds=1) else None


def counted(reported: object) -> str:
    """``41 of 50`` of a task that reports ``current`` and ``total``."""
    if reported_share(reported) is None or not isinstance(reported, dict):
        return ""
    return f"{reported['current']:,} of {reported['total']:,}"


def silence(run: Run, now: datetime) -> Silence | None:
    """What to say of a running run whose worker has missed its renewals."""
    if run.state != RunState.RUNNING or run.lease_expires_at is None:
        return None
    limits = conf.get()
    silent = now - (run.lease_expires_at - limits.lease)
    if silent < timedelta(seconds=MISSED_RENEWALS * limits.lease_renew_seconds):
        return None
    heard = f"No heartbeat from {run.worker or 'its worker'} for {roughly(silent.total_seconds())}"
    if run.lease_expires_at <= now:
        return Silence(f"{heard}; the scheduler takes the run back at its next sweep.")
    until = moment(run.lease_expires_at, now, run.job.timezone)
    return Silence(f"{heard}; unless it is heard of, the run is recovered after {until.text}.")
