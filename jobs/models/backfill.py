"""Backfill: a person's order to run the occurrences of a past range."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from jobs.models.ids import new_id


class BackfillState(models.TextChoices):
    """A backfill runs until all its runs ended, or until somebody or a failure stopped it."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped", "stopped by a failure"
    CANCELLED = "cancelled"


class Backfill(models.Model):
    """Its runs are written at once, blocked; at most ``concurrency`` of them are let go at a
    time.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey("beatwright.Job", models.PROTECT, related_name="backfills")
    range_start = models.DateTimeField()
    range_end = models.DateTimeField()
    concurrency = models.PositiveIntegerField(default=1)
    newest_first = models.BooleanField(default=False)
    stop_on_failure = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=BackfillState, default=BackfillState.RUNNING)
    total = models.PositiveIntegerField()
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, help_text="When it last let a run go.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["state"],
                condition=models.Q(state=BackfillState.RUNNING),
                name="backfill_running",
            )
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.range_start} – {self.range_end}"
