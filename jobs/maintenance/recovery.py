"""Recovery: runs whose worker let the lease run out are recorded as lost, and run again or end.

The sweep knows its own blindness. While it could not look (the database was away, nobody led),
workers could not renew either; so after a gap it gives them a grace time before it judges anybody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from celery import states
from django.db.models import F, Q

from jobs import conf
from jobs.dispatch.messages.message import HARD_LIMIT_MARGIN_SECONDS
from jobs.lifecycle.expiry import Leased, end_all, leased, lost
from jobs.lifecycle.outcome import Ending, Outcome
from jobs.models import Leader, Loss, Run, RunState, Worker
from jobs.models.fleet.leader import SCHEDULER

LIMIT = 500
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
HARD_LIMIT_MARGIN = timedelta(seconds=HARD_LIMIT_MARGIN_SECONDS)
LOST = lost("the worker stopped renewing its lease", Loss.LEASE)
OVERDUE = Outcome(
    Ending.TIMED_OUT,
    states.FAILURE,
    error="TimeLimitExceeded: its worker did not stop it at its deadline",
    reason="time limit",
)


class Recovery:
    """One look at the expired leases and deadlines, at most LIMIT of each a time.

    ``uptime``: seconds that nobody sets.
    """

    def __init__(self, uptime: Callable[[], float] = time.monotonic) -> None:
        self._uptime = uptime
        self._gap: tuple[datetime, float] | None = None

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"lost": n, "overdue": n}: runs whose attempt was ended for their worker."""
        judges_from = _note_look(now)
        if now < judges_from:
            return {"lost": 0, "overdue": 0}
        bound = now - timedelta(seconds=conf.get().lease_grace_seconds)
        return {
            "lost": end_all(_not_vouched_for(_running(Q(lease_expires_at__lt=bound)), now), LOST),
            "overdue": end_all(_running(self._overdue(bound, judges_from)), OVERDUE),
        }

    def stepped(self, now: datetime) -> None:
        """A step of the clock is a gap, however soon the next one takes it back.

        One ahead makes leases look run out that workers have renewed a moment ago: nobody is judged
        for a whole lease, within which a worker that is cut off has stopped what may not run twice.
        """
        _note_look(now)
        Leader.objects.filter(role=SCHEDULER).update(judges_from=now + conf.get().lease)

    def _overdue(self, bound: datetime, judges_from: datetime) -> Q:
        """Past the deadline; for runs that began before a gap, which may be a step of the clock, by
        our own seconds.

        Those have as long as their limit is from when we first knew of the gap. Their workers keep
        the limit meanwhile.
        """
        if self._gap is None or self._gap[0] != judges_from:
            self._gap = judges_from, self._uptime()
        seen = timedelta(seconds=self._uptime() - self._gap[1])
        is_known = Q(started_at__gte=judges_from) | Q(deadline_at__lte=F("started_at") + seen)
        return is_known & Q(deadline_at__lt=bound - HARD_LIMIT_MARGIN)


def _note_look(now: datetime) -> datetime:
    """From when leases are judged.

    Kept in the leader's row: whoever leads next goes by it, and by the last look.

    After a gap between two looks nobody is judged for a while. A clock that has gone back is such a
    gap, too, and takes a grace time with it that began while it was ahead.
    """
    leader = Leader.objects.filter(role=SCHEDULER)
    last, judges_from = leader.values_list("last_sweep_at", "judges_from").first() or (None, None)
    if last is None:
        judges_from = now + conf.get().lease
    elif abs(now - last) > timedelta(seconds=2 * conf.get().recovery_seconds + 1):
        judges_from = now + timedelta(seconds=conf.get().lease_grace_seconds)
    leader.update(last_sweep_at=now, judges_from=judges_from)
    return judges_from or ALWAYS


def _running(which: Q) -> list[Leased]:
    return leased(
        Run.objects.filter(which, state=RunState.RUNNING).order_by("lease_expires_at")[:LIMIT]
    )


def _not_vouched_for(found: list[Leased], now: datetime) -> list[Leased]:
    """Without the runs whose rows are or were locked, and whose worker has said within a lease that
    it has them.
    """
    names = {one.worker for one in found}
    heard = (
        Worker.objects.filter(pk__in=names, heartbeat_at__gt=now - conf.get().lease)
        if names
        else []
    )
    vouched = {(worker.name, task_id) for worker in heard for task_id in worker.vouched}
    return [one for one in found if (one.worker, one.message.task_id) not in vouched]
