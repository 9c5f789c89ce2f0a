"""LostAttempt: an attempt whose process was gone before it could say how it ended, and why it was
gone.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Loss(models.TextChoices):
    """Why an attempt was lost. Only the first may be the run's own doing."""

    CHILD = "child", "its process died"
    WORKER = "worker", "its worker died"
    LEASE = "lease", "its worker was cut off"


class LostAttempt(models.Model):
    """Written with the run's move, and never changed: whoever loses an attempt waits for nobody
    else who does.
    """

    run = models.ForeignKey("beatwright.Run", models.CASCADE, related_name="lost_attempts")
    attempt = models.PositiveIntegerField()
    worker = models.CharField(max_length=255)
    cause = models.CharField(max_length=10, choices=Loss)
    heard_at = models.DateTimeField(help_text="When its worker last renewed the run's lease.")
    lost_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lost_at"], name="lost_attempt_lost")]

    def __str__(self) -> str:
        return f"{self.run_id} attempt {self.attempt}: {self.cause}"
