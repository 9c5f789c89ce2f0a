"""After the database's clock has gone back: what it had stamped into a future that is not to come soon.

Until the clock is there again nobody would look at these: a lost worker's lease, a lost message, a retry, a worker that
seems to live, a job that is planned up to then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from jobs import conf
from jobs.database.unlocked import unlocked
from jobs.maintenance.clock_watermarks import plan_again
from jobs.models import Leader, Run, RunState, Scheduler, Worker
from jobs.models.run import rank

BACK = timedelta(seconds=5)
MOST_RETRIES = 10_000


class ClockRepairs:
    """One look at the clock; only one that finds it before an earlier look changes anything."""

    def __init__(self) -> None:
        self.latest: datetime | None = None

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns how many stamps were put right, by what they are."""
        latest = self.latest or Leader.objects.values_list("last_sweep_at", flat=True).first()
        self.latest = now
        return _put_right(now) if latest is not None and now < latest - BACK else {}


def _put_right(now: datetime) -> dict[str, int]:
    lease_end = now + conf.get().lease
    running = Run.objects.filter(state=RunState.RUNNING, lease_expires_at__gt=lease_end + BACK)
    published = Run.objects.in_broker().filter(published_at__gt=now + BACK)
    return {
        "leases after a step of the clock": unlocked(running).update(lease_expires_at=lease_end),
        "messages after a step of the clock": unlocked(published).update(published_at=now),
        "retries after a step of the clock": _retries(now),
        "signs of life after a step of the clock": _signs_of_life(now),
        "jobs planned again after a step of the clock": plan_again(now + BACK, now=now),
    }


def _retries(now: datetime) -> int:
    """A retry's delay began at an end that is yet to come: it begins again, now."""
    early = Run.objects.filter(state=RunState.QUEUED, attempt__gt=0, started_at__gt=now + BACK, available_at__gt=now)
    rows = early.values_list("pk", "priority")[:MOST_RETRIES]
    return sum(
        unlocked(early.filter(pk=pk)).update(available_at=now, rank_at=rank(now, priority)) for pk, priority in rows
    )


def _signs_of_life(now: datetime) -> int:
    """Those who live give the next one within seconds."""
    workers = unlocked(Worker.objects.filter(heartbeat_at__gt=now + BACK)).update(heartbeat_at=now)
    return workers + unlocked(Scheduler.objects.filter(ticked_at__gt=now + BACK)).update(ticked_at=now)
