"""Recovery: runs whose worker let the lease run out are recorded as lost, and run again or end.

The sweep knows its own blindness. While it could not look (the database was away, nobody led), workers could not renew
either; so after a gap it gives them a grace time before it judges anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import states
from django.db.models import Q

from jobs import conf
from jobs.dispatch.message import HARD_LIMIT_MARGIN_SECONDS
from jobs.lifecycle.expiry import end_all, leased, lost
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.models import Leader, Run, RunState

LIMIT = 500
HARD_LIMIT_MARGIN = timedelta(seconds=HARD_LIMIT_MARGIN_SECONDS)
LOST = lost("the worker stopped renewing its lease")
OVERDUE = Outcome(
    Ending.TIMED_OUT, states.FAILURE, error="TimeLimitExceeded: nobody ended it at its deadline", reason="time limit"
)


class Recovery:
    """One look at the expired leases and deadlines, at most LIMIT of each a time."""

    def __init__(self) -> None:
        self.judges_from: datetime | None = None

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"lost": n, "overdue": n}: runs whose attempt was ended for their worker."""
        self._note_look(now)
        if self.judges_from and now < self.judges_from:
            return {"lost": 0, "overdue": 0}
        bound = now - timedelta(seconds=conf.get().lease_grace_seconds)
        return {
            "lost": _end_all(Q(lease_expires_at__lt=bound), LOST),
            "overdue": _end_all(Q(deadline_at__lt=bound - HARD_LIMIT_MARGIN), OVERDUE),
        }

    def _note_look(self, now: datetime) -> None:
        """Keep when the last look was in the leader's row; after a gap, judge nobody for a while."""
        last = Leader.objects.values_list("last_sweep_at", flat=True).first()
        if last is None:
            self.judges_from = now + conf.get().lease
        elif now - last > timedelta(seconds=2 * conf.get().recovery_seconds + 1):
            self.judges_from = now + timedelta(seconds=conf.get().lease_grace_seconds)
        Leader.objects.update(last_sweep_at=now)


def _end_all(which: Q, outcome: Outcome) -> int:
    running = Run.objects.filter(which, state=RunState.RUNNING).order_by("lease_expires_at")
    return end_all(leased(running[:LIMIT]), outcome)
