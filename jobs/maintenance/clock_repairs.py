"""After the database's clock has gone back: what it had stamped into a future that is not to come
soon.

Until the clock is there again nobody would look at these: a lost worker's lease, a lost message, a
retry, a worker that seems to live, a job that is planned up to then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from jobs import conf
from jobs.database.unlocked import unlocked
from jobs.maintenance.clock_watermarks import plan_again
from jobs.models import Backfill, Leader, Run, RunState, Scheduler, Trigger, Worker
from jobs.models.fleet.leader import SCHEDULER
from jobs.models.run import rank

BACK = timedelta(seconds=5)
MOST_WAITING = 10_000


class ClockRepairs:
    """One look at the clock; only one that finds it before an earlier look changes anything."""

    def __init__(self) -> None:
        self.latest: datetime | None = None

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns how many stamps were put right, by what they are."""
        latest, self.latest = self.latest or _last_look(), now
        return _put_right(now) if latest is not None and now < latest - BACK else {}

    def stepped(self, now: datetime) -> None:
        """Remember how far ahead it was."""
        self.latest = max(self.latest or _last_look() or now, now)


def _last_look() -> datetime | None:
    return Leader.objects.filter(role=SCHEDULER).values_list("last_sweep_at", flat=True).first()


def _put_right(now: datetime) -> dict[str, int]:
    lease_end = now + conf.get().lease
    running = Run.objects.filter(state=RunState.RUNNING, lease_expires_at__gt=lease_end + BACK)
    published = Run.objects.in_broker().filter(published_at__gt=now + BACK)
    return {
        "leases after a step of the clock": unlocked(running).update(lease_expires_at=lease_end),
        "messages after a step of the clock": unlocked(published).update(published_at=now),
        "waiting runs after a step of the clock": _not_due_yet(now),
        "signs of life after a step of the clock": _signs_of_life(now),
        "jobs planned again after a step of the clock": plan_again(now + BACK, now=now),
    }


def _not_due_yet(now: datetime) -> int:
    """A retry's delay began at an end that is yet to come, what people made at a moment of that
    kind: it begins now.
    """
    ahead = now + BACK
    retried = Q(attempt__gt=0, started_at__gt=ahead)
    let_go = Q(attempt=0, backfill__in=Backfill.objects.filter(released_at__gt=ahead))
    asked_for = Q(attempt=0, backfill=None, created_at__gt=ahead) & ~Q(trigger=Trigger.SCHEDULE)
    early = Run.objects.filter(
        retried | let_go | asked_for, state=RunState.QUEUED, available_at__gt=now
    )
    rows = early.values_list(
        "pk", "priority", "created_at", "available_at", "attempt", "backfill_id"
    )[:MOST_WAITING]
    changed = 0
    for pk, priority, created_at, available_at, attempt, backfill in rows:
        is_paced = attempt == 0 and backfill is None  # many that are rerun at once are spread
        pace = available_at - created_at if is_paced else timedelta()
        due = now + pace
        changed += unlocked(early.filter(pk=pk)).update(
            available_at=due, rank_at=rank(due, priority)
        )
    return changed


def _signs_of_life(now: datetime) -> int:
    """Those who live give the next one within seconds."""
    workers = unlocked(Worker.objects.filter(heartbeat_at__gt=now + BACK)).update(heartbeat_at=now)
    return workers + unlocked(Scheduler.objects.filter(ticked_at__gt=now + BACK)).update(
        ticked_at=now
    )
