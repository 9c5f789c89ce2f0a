"""Leader: the lease on what only one scheduler does at a time."""

from __future__ import annotations

from django.db import models

SCHEDULER, RETENTION = "scheduler", "retention"


class Leader(models.Model):
    """One row per role.

    Whoever renewed it last holds it until ``expires_at``, by the database's clock.

    Nobody holds that of the retention: it only says when somebody last looked, and until when
    nothing is deleted.
    """

    role = models.CharField(max_length=50, primary_key=True)
    holder = models.CharField(max_length=255)
    acquired_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    vacant_since = models.DateTimeField(
        null=True, help_text="Until when the holder before had led; empty: nobody had."
    )
    last_sweep_at = models.DateTimeField(null=True)
    judges_from = models.DateTimeField(
        null=True, help_text="Until then the sweep, having been blind, judges no lease."
    )

    def __str__(self) -> str:
        return f"{self.role}: {self.holder}"
