"""Job: what people write.

Which task, with what params, when, under which policies; never an execution.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.timezone import now as utc_now

from jobs import schedules
from jobs.models.ids import new_id
from jobs.models.job_state import JobState


class MisfirePolicy(models.TextChoices):
    """What becomes of occurrences that nobody could plan in time."""

    LATEST = "latest", "run the latest one"
    ALL = "all", "run them all"
    SKIP = "skip", "skip them all"


class DayRule(models.TextChoices):
    """Which days a cron text means that restricts both the day of the month and the day of the
    week.
    """

    OR = "or", "days that match either (as in cron)"
    AND = "and", "days that match both"


class OverlapPolicy(models.TextChoices):
    """What happens when an occurrence is due while an earlier run is not over."""

    ALLOW = "allow", "run both (as cron does)"
    SKIP = "skip", "skip the new one"
    QUEUE = "queue", "let one wait"
    CANCEL_RUNNING = "cancel_running", "cancel the running one"


class CalendarPolicy(models.TextChoices):
    """What becomes of an occurrence that falls in a stretch that one of the job's calendars
    closes.
    """

    SKIP = "skip", "skip it"
    NEXT = "next", "move it to the next open time"
    PREVIOUS = "previous", "move it to the previous open time"


class JobStatus(models.TextChoices):
    """What a job is, in one word; the first that holds: archived, paused, broken, active."""

    ACTIVE = "active", "active"
    PAUSED = "paused", "paused"
    BROKEN = "broken", "broken"
    ARCHIVED = "archived", "archived"


class JobQuerySet(models.QuerySet["Job"]):
    def unarchived(self) -> JobQuerySet:
        return self.filter(archived_at=None)


class Job(models.Model):
    """A definition.

    What each field means, its bounds and where it stands: ``jobs.definition.fields``.
    """

    PRIORITY_WORDS: ClassVar[dict[str, int]] = {"low": -10, "normal": 0, "high": 10, "critical": 20}

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    task = models.CharField(max_length=200)
    params = models.JSONField(default=dict, blank=True)
    schedule = models.CharField(max_length=500)
    timezone = models.CharField(max_length=64, default="UTC")
    day_rule = models.CharField(max_length=3, choices=DayRule, default=DayRule.OR)
    one_off = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    jitter_seconds = models.PositiveIntegerField(default=0)
    calendars = models.JSONField(default=list, blank=True)
    calendar_policy = models.CharField(
        max_length=8, choices=CalendarPolicy, default=CalendarPolicy.SKIP
    )

    enabled = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_by = models.CharField(max_length=150, blank=True)
    paused_reason = models.CharField(max_length=500, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)

    queue = models.CharField(max_length=100, default="default")
    priority = models.SmallIntegerField(default=0)
    timeout_seconds = models.PositiveIntegerField(null=True, blank=True)
    memory_limit_mb = models.PositiveIntegerField(null=True, blank=True)
    fresh_process = models.BooleanField(default=False)
    max_retries = models.PositiveSmallIntegerField(null=True, blank=True)
    retry_backoff_seconds = models.PositiveIntegerField(null=True, blank=True)
    retry_backoff_max_seconds = models.PositiveIntegerField(null=True, blank=True)
    retry_jitter = models.BooleanField(null=True, blank=True)
    misfire_policy = models.CharField(
        max_length=10, choices=MisfirePolicy, default=MisfirePolicy.LATEST
    )
    misfire_window_seconds = models.PositiveIntegerField(default=86_400)
    overlap_policy = models.CharField(
        max_length=20, choices=OverlapPolicy, default=OverlapPolicy.ALLOW
    )
    start_deadline_seconds = models.PositiveIntegerField(null=True, blank=True)
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    must_succeed_by = models.CharField(max_length=20, blank=True)
    success_grace_seconds = models.PositiveIntegerField(default=0)
    longest_run = models.CharField(max_length=20, blank=True)
    shortest_run = models.CharField(max_length=20, blank=True)
    longest_silence_seconds = models.PositiveIntegerField(null=True, blank=True)
    failures_before_alert = models.PositiveSmallIntegerField(null=True, blank=True)
    least_output = models.CharField(max_length=20, blank=True)
    pool = models.CharField(max_length=100, blank=True)
    resources = models.JSONField(default=dict, blank=True)

    tags = models.JSONField(default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    owner = models.CharField(max_length=150, blank=True)
    source = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=utc_now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager[Job]] = JobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        permissions: ClassVar = [
            ("run_job", "Can run jobs at once"),
            ("pause_job", "Can pause and resume jobs"),
            ("backfill_job", "Can run the past occurrences of jobs"),
            ("import_job", "Can import schedule files"),
            ("command_job", "Can say which command a job runs"),
            ("view_secret", "Can reveal secrets"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(archived_at=None),
                name="job_name_unique_unarchived",
                violation_error_message="Another job has this name.",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["source"], name="job_source"),
            models.Index(fields=["queue"], name="job_queue"),
            models.Index(fields=["owner"], name="job_owner"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the job from anywhere, such as a shell: as of this very moment.

        Actions say of which: ``save_at``.
        """
        with transaction.atomic():
            state = JobState.objects.lock(self)
            self.save_at(utc_now(), state, *args, **kwargs)

    def save_at(self, now: datetime, state: JobState | None, *args: Any, **kwargs: Any) -> None:
        """Write the job and, if its rule changed, replan it from ``now``; ``state`` is its state,
        locked, if any.
        """
        with transaction.atomic():
            super().save(*args, **kwargs)
            JobState.objects.follow([(self, state)], now=now)

    @property
    def is_planned(self) -> bool:
        """Whether the scheduler may plan occurrences of this job at all."""
        return self.enabled and self.archived_at is None

    @property
    def shifts(self) -> bool:
        """Whether its calendars decide when it is due, by moving what they close."""
        return bool(self.calendars) and self.calendar_policy != CalendarPolicy.SKIP

    def rule(self) -> schedules.Rule:
        """The parsed schedule text; raises ScheduleError."""
        return schedules.parse(self.schedule, self.timezone, self.day_rule)


def status_of(job: Job) -> JobStatus:
    """The job's status; its state is loaded."""
    if job.archived_at:
        return JobStatus.ARCHIVED
    if not job.enabled:
        return JobStatus.PAUSED
    return JobStatus.BROKEN if job.state.schedule_error else JobStatus.ACTIVE
