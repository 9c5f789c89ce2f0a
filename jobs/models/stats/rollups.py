"""Roll-ups: what pages, the API and metrics read instead of counting runs.

Only the leader's roll-up writes them.

All count runs that are over, by the moment they ended: a skipped run that stands for many
occurrences counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models

from jobs.models.states import RunState
from jobs.models.stats.histogram import added, count_in, empty_histogram, quantile_ms

MONTH_DAYS = 30
ENOUGH = 20  # runs in each of two stretches of time, before their durations are compared


class Tally(models.Model):
    """Counts per final state, and how long the runs waited and took; times are of a run's last
    attempt.
    """

    SUMS: ClassVar = [*RunState.final(), "retries", "late", "wait_ms", "duration_ms"]
    HISTOGRAMS: ClassVar = ["wait_histogram", "duration_histogram"]
    ENDS: ClassVar = {
        "wait_min_ms": min,
        "wait_max_ms": max,
        "duration_min_ms": min,
        "duration_max_ms": max,
    }

    succeeded = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    timed_out = models.PositiveBigIntegerField(default=0)
    cancelled = models.PositiveBigIntegerField(default=0)
    skipped = models.PositiveBigIntegerField(default=0)
    retries = models.PositiveBigIntegerField(default=0, help_text="Attempts after the first one.")
    late = models.PositiveBigIntegerField(
        default=0, help_text="Runs that waited for longer than late_seconds."
    )
    wait_ms = models.PositiveBigIntegerField(
        default=0, help_text="From when it might start to its start, summed up."
    )
    wait_min_ms = models.PositiveBigIntegerField(null=True, help_text="None of them was shorter.")
    wait_max_ms = models.PositiveBigIntegerField(null=True, help_text="None of them was longer.")
    wait_histogram = models.JSONField(default=empty_histogram)
    duration_ms = models.PositiveBigIntegerField(
        default=0, help_text="From the start to the end, summed up."
    )
    duration_min_ms = models.PositiveBigIntegerField(
        null=True, help_text="None of them was shorter."
    )
    duration_max_ms = models.PositiveBigIntegerField(
        null=True, help_text="None of them was longer."
    )
    duration_histogram = models.JSONField(default=empty_histogram)

    class Meta:
        abstract = True

    @property
    def timed(self) -> int:
        """How many runs the times are of: those whose last attempt was started."""
        return sum(self.duration_histogram.values())

    def count(self, state: str, *, attempts: int) -> None:
        """Count one run that ended in ``state``."""
        setattr(self, state, getattr(self, state) + 1)
        self.retries += max(0, attempts - 1)

    def time(self, *, wait_ms: int, duration_ms: int, is_late: bool) -> None:
        """Add the times of one run that had started."""
        self.late += is_late
        for what, milliseconds in (("wait", wait_ms), ("duration", duration_ms)):
            setattr(self, f"{what}_ms", getattr(self, f"{what}_ms") + milliseconds)
            count_in(getattr(self, f"{what}_histogram"), milliseconds)
            self._stretch(f"{what}_min_ms", milliseconds)
            self._stretch(f"{what}_max_ms", milliseconds)

    def merge(self, other: Any) -> None:
        """Add all that ``other`` has counted."""
        for name in self.SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in self.HISTOGRAMS:
            setattr(self, name, added(getattr(self, name), getattr(other, name)))
        for name in self.ENDS:
            self._stretch(name, getattr(other, name))

    def wait_quantile_ms(self, share: float) -> int | None:
        """The wait that ``share`` (0 to 1) of the runs did not exceed; None if none was started."""
        return self._quantile("wait", share)

    def duration_quantile_ms(self, share: float) -> int | None:
        """The duration that ``share`` (0 to 1) of the runs did not exceed; None if none was
        started.
        """
        return self._quantile("duration", share)

    def _quantile(self, what: str, share: float) -> int | None:
        found = quantile_ms(getattr(self, f"{what}_histogram"), share)
        if found is None:
            return None
        shortest, longest = getattr(self, f"{what}_min_ms"), getattr(self, f"{what}_max_ms")
        return int(min(max(found, shortest or 0), found if longest is None else longest))

    def _stretch(self, name: str, value: int | None) -> None:
        known = getattr(self, name)
        if value is not None:
            setattr(self, name, value if known is None else self.ENDS[name](known, value))


class QueueTally(Tally):
    """What ended within a stretch of time, by queue and in all."""

    bucket = models.DateTimeField(help_text="Its beginning.")
    queue = models.CharField(max_length=100, help_text="Empty: all queues together.")

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["queue", "bucket"], name="%(class)s_once")
        ]
        indexes: ClassVar = [models.Index(fields=["bucket"], name="%(class)s_by_bucket")]

    def __str__(self) -> str:
        return f"{self.queue or 'all queues'} {self.bucket:%Y-%m-%d %H:%M}"


class MinuteStat(QueueTally):
    """One minute; kept for 48 hours."""


class HourStat(QueueTally):
    """One hour of UTC; kept for 400 days."""


class JobDay(Tally):
    """What ended within one day of UTC, by job; kept for 400 days, or until the job goes."""

    job = models.ForeignKey("beatwright.Job", models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "day"], name="job_day_once")
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="job_day_by_day")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.day}"


class TaskDay(Tally):
    """What ended within one day of UTC, by task; kept for 400 days."""

    task = models.CharField(max_length=200)
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "day"], name="task_day_once")
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="task_day_by_day")]

    def __str__(self) -> str:
        return f"{self.task} {self.day}"


class Total(Tally):
    """All that ever ended, by task: only grows, whatever is pruned and whoever restarts."""

    task = models.CharField(max_length=200, primary_key=True)
    attempts = models.PositiveBigIntegerField(
        default=0, help_text="Starts of the runs that have ended."
    )
    skips = models.JSONField(
        default=dict, help_text="Skipped runs by the first word of their reason."
    )

    def __str__(self) -> str:
        return self.task

    def count(self, state: str, *, attempts: int) -> None:
        super().count(state, attempts=attempts)
        self.attempts += attempts

    def skip(self, reason: str, times: int = 1) -> None:
        """Count a skipped run under its reason."""
        self.skips[reason] = self.skips.get(reason, 0) + times

    def merge(self, other: Any) -> None:
        super().merge(other)
        self.attempts += other.attempts
        for reason, times in other.skips.items():
            self.skip(reason, times)


def summed(rows: Iterable[Tally]) -> Tally:
    """All these in one tally; its quantiles are those of them all."""
    tally = HourStat()
    for row in rows:
        tally.merge(row)
    return tally


def change_percent(recent: Tally, earlier: Tally, share: float = 0.95) -> int | None:
    """How much longer ``share`` of the recent runs took than of the earlier ones, in per cent.

    None where either has fewer than ENOUGH runs with a duration: of few, chance decides.
    """
    if min(recent.timed, earlier.timed) < ENOUGH:
        return None
    now, before = (tally.duration_quantile_ms(share) for tally in (recent, earlier))
    return round(100 * (now - before) / before) if now is not None and before else None


class JobTotal(Tally):
    """The same by job, for as long as the job is there: what metrics show of single jobs."""

    job = models.OneToOneField(
        "beatwright.Job", models.CASCADE, primary_key=True, related_name="total"
    )

    def __str__(self) -> str:
        return str(self.job_id)


class Turn(models.Model):
    """Whoever holds the lock on this row has the turn at what one does at a time; it says nothing
    else.
    """

    role = models.CharField(max_length=50, primary_key=True)

    def __str__(self) -> str:
        return self.role
