"""What the leader has rolled up: at most two seconds behind, and at a cost that does not grow with
runs or jobs.
"""

from __future__ import annotations

import enum
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Sum

from jobs.models import HourStat, Job, JobDay, JobHealth, MinuteStat, Tally, Total

DAY = timedelta(days=1)


class Window(enum.Enum):
    """How far a chart looks back: its value, how long, and in steps of how much."""

    HOUR = ("1h", timedelta(hours=1), timedelta(minutes=1))
    DAY = ("24h", timedelta(days=1), timedelta(minutes=15))
    WEEK = ("7d", timedelta(days=7), timedelta(hours=1))
    MONTH = ("30d", timedelta(days=30), timedelta(hours=6))

    def __init__(self, label: str, span: timedelta, step: timedelta) -> None:
        self.label = label
        self.span = span
        self.step = step


@dataclass(frozen=True)
class Throughput:
    """What ended within one step from ``start``; the timed-out count as failed.

    Times are None if nothing started.
    """

    start: datetime
    ok: int
    failed: int
    skipped: int
    cancelled: int
    wait_p95_ms: int | None
    duration_p95_ms: int | None


class Today(NamedTuple):
    """Runs that ended since midnight."""

    ok: int
    failed: int

    @property
    def success_share(self) -> float | None:
        """Between 0 and 1; None if nothing ended."""
        return self.ok / (self.ok + self.failed) if self.ok + self.failed else None


def throughput(window: Window, *, now: datetime, queue: str = "") -> list[Throughput]:
    """One query, at most 1,440 rows: the steps of the window, the oldest first, empty ones too, the
    present one last.

    ``queue`` empty: all queues.
    """
    last = _floor(now, window.step)
    starts = [last - window.step * back for back in reversed(range(window.span // window.step))]
    model = MinuteStat if window.step < timedelta(hours=1) else HourStat
    rows = model.objects.filter(queue=queue, bucket__gte=starts[0], bucket__lt=last + window.step)
    sums = {start: HourStat() for start in starts}
    for row in rows:
        sums[_floor(row.bucket, window.step)].merge(row)
    return [_throughput(start, tally) for start, tally in sums.items()]


def today(midnight: datetime) -> Today:
    """One query: what ended since ``midnight``, the reader's own, at most 48 hours ago."""
    rows = MinuteStat.objects.filter(queue="", bucket__gte=midnight)
    sums = rows.aggregate(
        ok=Sum("succeeded", default=0),
        bad=Sum("failed", default=0),
        late=Sum("timed_out", default=0),
    )
    return Today(sums["ok"], sums["bad"] + sums["late"])


def job_health(jobs: Iterable[Job | uuid.UUID]) -> dict[uuid.UUID, JobHealth]:
    """One query: the healths of these jobs, by job id. Every job that was saved has one."""
    ids = [job.pk if isinstance(job, Job) else job for job in jobs]
    return {health.job_id: health for health in JobHealth.objects.filter(pk__in=ids)}


def job_days(job: Job, days: int = 90, *, now: datetime) -> list[JobDay]:
    """One query: the job's last ``days`` days of UTC, today last; rows that are not stored where
    nothing ended.
    """
    last = now.astimezone(UTC).date()
    wanted = [last - DAY * back for back in reversed(range(days))]
    stored = {
        row.day: row for row in JobDay.objects.filter(job=job, day__gte=wanted[0], day__lte=last)
    }
    return [stored.get(day) or JobDay(job=job, day=day) for day in wanted]


def totals() -> Sequence[Total]:
    """One query: what ever ended, one row a task, in their order; numbers that only grow."""
    return list(Total.objects.order_by("task"))


def _floor(moment: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return moment - (moment - epoch) % step


def _throughput(start: datetime, tally: Tally) -> Throughput:
    return Throughput(
        start,
        ok=tally.succeeded,
        failed=tally.failed + tally.timed_out,
        skipped=tally.skipped,
        cancelled=tally.cancelled,
        wait_p95_ms=tally.wait_quantile_ms(0.95),
        duration_p95_ms=tally.duration_quantile_ms(0.95),
    )
