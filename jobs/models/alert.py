"""Alert: what needs attention, from the moment it was seen until it was over."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class AlertKind(models.TextChoices):
    """What is wrong."""

    LATE = "late"
    FAILING = "failing"
    STUCK = "stuck"
    DEAD_LETTERS = "dead_letters", "dead letters"
    BROKEN_SCHEDULE = "broken_schedule", "broken schedule"
    ODD_ROW = "odd_row", "odd periodic task"
    BROKEN_TASKS = "broken_tasks", "broken task file"
    SCHEDULER_SILENT = "scheduler_silent", "scheduler silent"
    NO_CONSUMER = "no_consumer", "queue without consumer"
    CUT_OFF = "cut_off", "worker cut off"
    CLOCK = "clock"
    REFUSED = "refused", "messages refused"
    OVERDUE = "overdue", "not succeeded in time"
    SLOW = "slow", "run too slow"
    SHORT = "short", "run too short"
    SMALL_OUTPUT = "small_output", "too little output"
    NO_RUN = "no_run", "no run started"
    TAKEN = "taken", "messages taken"
    CHANNEL = "channel", "channel fails"


class AlertState(models.TextChoices):
    """Where an alert stands; the database's clock decides when a snooze is over."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class AlertQuerySet(models.QuerySet["Alert"]):
    def in_state(self, state: str) -> AlertQuerySet:
        """Open: not acknowledged, or the snooze is over."""
        if state == AlertState.CLOSED:
            return self.filter(closed_at__isnull=False)
        found = self.filter(closed_at=None)
        if state == AlertState.OPEN:
            return found.filter(Q(acknowledged_at=None) | Q(snoozed_until__lte=Now()))
        found = found.filter(acknowledged_at__isnull=False)
        if state == AlertState.SNOOZED:
            return found.filter(snoozed_until__gt=Now())
        return found.filter(snoozed_until=None)


class Alert(models.Model):
    """One matter; at most one open alert per kind and subject."""

    kind = models.CharField(max_length=20, choices=AlertKind)
    subject = models.CharField(
        max_length=255,
        help_text="The job's or run's id, the name of the queue, worker, row or file, or empty.",
    )
    cause = models.CharField(
        max_length=300,
        default="",
        help_text="What it shares with others, such as an error: those of one cause are one row.",
    )
    message = models.CharField(max_length=1000)
    run_id = models.UUIDField(null=True, help_text="The run that it is about; it may be gone.")
    job = models.ForeignKey("beatwright.Job", models.CASCADE, null=True, related_name="alerts")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(
        null=True, help_text="Since when somebody looks into it."
    )
    acknowledged_by = models.CharField(max_length=150, blank=True)
    acknowledged_reason = models.CharField(max_length=500, blank=True)
    snoozed_until = models.DateTimeField(
        null=True, help_text="Shown again from then on; empty: not until it is over."
    )

    objects: ClassVar[models.Manager[Alert]] = AlertQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(closed_at=None),
                name="alert_one_open_per_subject",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["closed_at", "opened_at"], name="alert_open"),
            models.Index(
                fields=["cause"], condition=models.Q(closed_at=None), name="alert_open_by_cause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
