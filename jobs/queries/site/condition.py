"""Is the installation itself well? What the header of every page says, and the banner when
something is badly wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from jobs import conf
from jobs.dispatch.clock import database_now
from jobs.models import Job, JobState, Leader, Queue, Worker
from jobs.queries.attention.alerts import NEVER, silence_of
from jobs.queries.workers import MOST_WORKERS, unattended_queues

SILENT_AFTER = timedelta(seconds=30)
PAUSED_FOR = timedelta(hours=1)
SKEW_ALLOWED = timedelta(seconds=2)


@dataclass(frozen=True)
class SiteHealth:
    """``silence``: as in queries.alerts.

    ``lag``: how late planning is. ``skew``: this clock less the database's.
    """

    leader: Leader | None
    silence: timedelta | None
    lag: timedelta
    workers: int
    stale_workers: int
    busy: int
    slots: int
    stuck: dict[str, int] = field(default_factory=dict)  # by the worker's name, where there are any
    unattended: list[str] = field(default_factory=list)
    paused_long: list[Queue] = field(default_factory=list)
    skew: timedelta = timedelta()
    has_jobs: bool = True

    @property
    def renewed_at(self) -> datetime | None:
        """When the scheduler that leads last said so."""
        return (
            self.leader.expires_at - conf.get().leader_lease
            if self.leader and self.leader.holder
            else None
        )

    @property
    def is_silent(self) -> bool:
        """No scheduler has led for longer than a change of leaders takes; one that was never needed
        is not missed.
        """
        if self.silence is None or (self.silence == NEVER and not self.has_jobs):
            return False
        return self.silence > SILENT_AFTER


def site_health(*, now: datetime) -> SiteHealth:
    """Six queries, and one or two index probes for each queue in which runs wait."""
    leader = Leader.objects.order_by("-expires_at").first()
    silence = silence_of(leader, now=now)
    heard = now - timedelta(seconds=conf.get().worker_silent_seconds)
    present = list(Worker.objects.filter(stopped_at=None).defer("tasks", "queues")[:MOST_WORKERS])
    live = [worker for worker in present if worker.heartbeat_at >= heard]
    return SiteHealth(
        leader=leader,
        silence=silence,
        lag=_lag(now),
        workers=len(live),
        stale_workers=len(present) - len(live),
        busy=sum(worker.busy for worker in live),
        slots=sum(worker.concurrency for worker in live),
        stuck={worker.name: worker.stuck for worker in live if worker.stuck},
        unattended=unattended_queues(now=now),
        paused_long=list(
            Queue.objects.filter(paused_at__lte=now - PAUSED_FOR).order_by("name")[:10]
        ),
        skew=_skew(),
        has_jobs=silence != NEVER or Job.objects.exists(),
    )


def _lag(now: datetime) -> timedelta:
    """How long ago the occurrence was due that is first in line to be planned."""
    due = (
        JobState.objects.filter(next_run_at__lte=now)
        .order_by("next_run_at")
        .values_list("next_run_at", flat=True)
    )
    first = due.first()
    return now - first if first else timedelta()


def _skew() -> timedelta:
    """This process's clock less the database's; what the question itself took is not held against
    either.
    """
    before = datetime.now(UTC)
    there = database_now()
    after = datetime.now(UTC)
    return before - there if there < before else min(timedelta(), after - there)
