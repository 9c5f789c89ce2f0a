"""Cancel, as the older systems mean it: the job runs no more, and what it has begun is stopped."""

from __future__ import annotations

from datetime import datetime

from jobs.access.actor import Actor
from jobs.actions.pauses import pause_job
from jobs.actions.runs.cancel import Cancelled, cancel_runs
from jobs.compat.status import CANCELLED_REASON
from jobs.models import Job


def cancel_job(job: Job, *, actor: Actor, now: datetime) -> Cancelled:
    """Pause the job and cancel its open runs; doing it twice does no harm."""
    pause_job(job, actor=actor, reason=CANCELLED_REASON, now=now)
    return cancel_runs(job, actor=actor, now=now)
