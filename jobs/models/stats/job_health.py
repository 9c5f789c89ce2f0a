"""JobHealth: how a job has been doing, one row per job, and where that puts it in the list of
jobs.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.db import models
from django.db.models import Case, Q, Value, When

from jobs.isolation import each_by_itself
from jobs.models.states import RunState

if TYPE_CHECKING:
    from jobs.models.job import Job

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER_COMPARED = EPOCH.date()
LETTERS = {
    RunState.SUCCEEDED: "s",
    RunState.FAILED: "f",
    RunState.TIMED_OUT: "t",
    RunState.CANCELLED: "c",
    RunState.SKIPPED: "k",
}
STATES = {letter: state for state, letter in LETTERS.items()}


class Health(models.IntegerChoices):
    """How a job is doing; the number is its rank in "problems first", with room between."""

    FAILING = 10, "failing"
    LATE = 20, "late"
    MISSED = 30, "missed"
    STUCK = 40, "stuck"
    BROKEN = 50, "broken"
    PAUSED = 60, "paused"
    OK = 70, "ok"
    NEVER_RAN = 80, "never ran"
    ARCHIVED = 90, "archived"


class RecentRun(NamedTuple):
    """One bar of the health strip; ``duration_ms`` is None of a run that had not started."""

    finished_at: datetime
    run_id: uuid.UUID
    state: RunState
    duration_ms: int | None

    def packed(self) -> list[Any]:
        """``[end in ms since 1970, run id in 22 characters, letter, duration in ms]``: about 50
        bytes of JSON.
        """
        packed_id = base64.urlsafe_b64encode(self.run_id.bytes).decode().rstrip("=")
        ended = (self.finished_at - EPOCH) // timedelta(milliseconds=1)
        return [ended, packed_id, LETTERS[self.state], self.duration_ms]

    @classmethod
    def unpacked(cls, packed: Sequence[Any]) -> RecentRun:
        finished_ms, packed_id, letter, duration_ms = packed
        run_id = uuid.UUID(bytes=base64.urlsafe_b64decode(f"{packed_id}=="))
        return cls(EPOCH + timedelta(milliseconds=finished_ms), run_id, STATES[letter], duration_ms)

    @staticmethod
    def order(packed: Sequence[Any]) -> tuple[int, bytes]:
        """What packed runs are sorted by; the letters of a packed id sort otherwise than the id."""
        return packed[0], base64.urlsafe_b64decode(f"{packed[1]}==")


class JobHealthManager(models.Manager["JobHealth"]):
    def follow(self, jobs: Iterable[Job]) -> None:
        """Bring what these rows repeat of their jobs in step with them; write only what differs."""
        wanted = {job.pk: JobHealth(job=job).copied(job) for job in jobs}
        stored = {
            health.pk: health.copies
            for health in self.filter(pk__in=wanted).only(*JobHealth.COPIED)
        }
        fresh = [health for pk, health in wanted.items() if pk not in stored]
        self.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
        changed = [
            health for pk, health in wanted.items() if pk in stored and health.copies != stored[pk]
        ]
        if changed:
            self.bulk_update(changed, [*JobHealth.COPIED, "silent_from"], batch_size=500)


class JobHealth(models.Model):
    """Three writers, each of columns of its own: whoever saves the job, the roll-up, and the watch
    for trouble.

    ``health_rank`` follows from them in the database, so that it is never out of step. Its lock
    comes last of all.
    """

    COPIED: ClassVar = ["job_name", "is_paused", "is_archived", "longest_silence_seconds"]
    ROLLED: ClassVar = [
        "last_run_id", "last_state", "last_finished_at", "last_duration_ms", "last_success_at",
        "consecutive_failures",
        "is_missed", "recent", "p50_ms", "p95_ms", "silent_from",
    ]  # fmt: skip

    job = models.OneToOneField(
        "beatwright.Job", models.CASCADE, primary_key=True, related_name="health"
    )
    job_name = models.CharField(max_length=200)
    is_paused = models.BooleanField(default=False)
    is_archived = models.BooleanField(default=False)
    longest_silence_seconds = models.PositiveIntegerField(null=True)

    last_run_id = models.UUIDField(
        null=True, help_text="The run that ended last; retention may have taken it."
    )
    last_state = models.CharField(max_length=10, choices=RunState, blank=True)
    last_finished_at = models.DateTimeField(null=True)
    last_duration_ms = models.PositiveBigIntegerField(null=True)
    last_success_at = models.DateTimeField(null=True)
    consecutive_failures = models.PositiveIntegerField(
        default=0,
        help_text="Failed or timed-out runs since the last success; others do not interrupt them.",
    )
    is_missed = models.BooleanField(
        default=False, help_text="Its last run accounts for occurrences nobody planned."
    )
    recent = models.JSONField(
        default=list, help_text="The last 30 runs that are over, the oldest first, packed."
    )
    p50_ms = models.PositiveBigIntegerField(
        null=True, help_text="Median of the successes among the recent runs."
    )
    p95_ms = models.PositiveBigIntegerField(
        null=True, help_text="95 of 100 of them took no longer."
    )

    silent_from = models.DateTimeField(
        null=True, help_text="Too long without a start, unless a run starts before then."
    )
    change_percent = models.IntegerField(
        null=True,
        help_text="p95 of the last 30 whole days against the 30 before; empty: too few runs.",
    )
    change_on = models.DateField(
        default=NEVER_COMPARED, help_text="The day (UTC) for which that was computed."
    )

    trouble = models.PositiveSmallIntegerField(
        default=0,
        choices=Health,
        help_text="Late, stuck or broken, as its open alerts say; 0 if none does.",
    )
    health_rank = models.GeneratedField(
        expression=Case(
            When(is_archived=True, then=Value(Health.ARCHIVED.value)),
            When(is_paused=False, consecutive_failures__gt=0, then=Value(Health.FAILING.value)),
            When(is_paused=False, trouble=Health.LATE.value, then=Value(Health.LATE.value)),
            When(is_paused=False, is_missed=True, then=Value(Health.MISSED.value)),
            When(trouble=Health.STUCK.value, then=Value(Health.STUCK.value)),
            When(trouble=Health.BROKEN.value, then=Value(Health.BROKEN.value)),
            When(is_paused=True, then=Value(Health.PAUSED.value)),
            When(last_success_at=None, then=Value(Health.NEVER_RAN.value)),
            default=Value(Health.OK.value),
        ),
        output_field=models.PositiveSmallIntegerField(choices=Health),
        db_persist=True,
    )

    objects: ClassVar[JobHealthManager] = JobHealthManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["health_rank", "job_name", "job"], name="health_problems_first"),
            models.Index(fields=["job"], condition=Q(trouble__gt=0), name="health_troubled"),
            models.Index(
                fields=["silent_from"],
                condition=Q(silent_from__isnull=False, is_paused=False, is_archived=False),
                name="health_silent",
            ),
            models.Index(fields=["p95_ms", "job"], name="health_by_p95"),
            models.Index(fields=["last_duration_ms", "job"], name="health_by_duration"),
            models.Index(fields=["consecutive_failures", "job"], name="health_by_failures"),
            models.Index(fields=["change_percent", "job"], name="health_by_change"),
            models.Index(fields=["change_on"], name="health_to_compare"),
        ]

    def __str__(self) -> str:
        return f"{self.job_name}: {self.health.label}"

    @property
    def health(self) -> Health:
        return Health(self.health_rank)

    @property
    def recent_runs(self) -> list[RecentRun]:
        """The bars, the oldest first."""
        packed = self.recent if isinstance(self.recent, list) else []
        return each_by_itself(packed, RecentRun.unpacked, what=f"recent run of {self.job_name}")

    @property
    def copies(self) -> tuple[object, ...]:
        """What it repeats of its job."""
        return tuple(getattr(self, name) for name in self.COPIED)

    def copied(self, job: Job) -> JobHealth:
        """Repeat what the job says; how long it is silent is counted from this change on."""
        self.job_name, self.is_paused, self.is_archived = (
            job.name,
            not job.enabled,
            job.archived_at is not None,
        )
        self.longest_silence_seconds = job.longest_silence_seconds
        self.silent_from = self.silent_after(job.updated_at)
        return self

    def silent_after(self, start: datetime) -> datetime | None:
        """From when on it is silent for too long, if nothing starts after ``start``."""
        seconds = self.longest_silence_seconds
        return None if seconds is None else start + timedelta(seconds=seconds)
