"""Whether the worker of a running run is still heard of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs import conf
from jobs.admin.look.times import moment
from jobs.models import Run, RunState
from jobs.words import roughly

MISSED_RENEWALS = 2.5  # a worker that is merely busy misses one


@dataclass(frozen=True)
class Silence:
    """A worker has not renewed its lease: since when it is silent, and when the run is taken
    back.
    """

    sentence: str


def silent_for(run: Run, now: datetime) -> Silence | None:
    """What to say of a running run whose worker has missed its renewals."""
    if run.state != RunState.RUNNING or run.lease_expires_at is None:
        return None
    limits = conf.get()
    silent = now - (run.lease_expires_at - limits.lease)
    if silent < timedelta(seconds=MISSED_RENEWALS * limits.lease_renew_seconds):
        return None
    heard = f"No heartbeat from {run.worker or 'its worker'} for {roughly(silent.total_seconds())}"
    if run.lease_expires_at <= now:
        return Silence(f"{heard}; the scheduler recovers the run at its next sweep.")
    until = moment(run.lease_expires_at, now, run.job.timezone)
    return Silence(f"{heard}; without a heartbeat, the run is recovered after {until.text}.")
