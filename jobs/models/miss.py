"""Miss: something that was expected of an occurrence and did not come true. It stays with its
run.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class MissKind(models.TextChoices):
    """Which expectation was not met; the kinds of alerts that people are told of them have the same
    values.
    """

    OVERDUE = "overdue", "not succeeded in time"
    SLOW = "slow", "too slow"
    SHORT = "short", "too short"
    SMALL_OUTPUT = "small_output", "too little output"


class Miss(models.Model):
    """Written once per run and kind, whichever leader finds it and however often it looks."""

    # The constraint below has its index.
    run = models.ForeignKey("beatwright.Run", models.CASCADE, related_name="misses", db_index=False)
    job = models.ForeignKey("beatwright.Job", models.CASCADE, related_name="misses", db_index=False)
    kind = models.CharField(max_length=20, choices=MissKind)
    message = models.CharField(max_length=1000, help_text="What happened instead.")
    at = models.DateTimeField(
        help_text="The deadline, when it had run for too long, or when it ended."
    )
    known_at = models.DateTimeField(help_text="When the leader found out.")
    over_at = models.DateTimeField(
        null=True, help_text="Its job has succeeded since, or nobody is to be told."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "kind"], name="miss_once_per_run_and_kind")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["kind", "job", "-at"],
                condition=models.Q(over_at=None),
                name="miss_not_over",
            ),
            models.Index(fields=["job", "-at"], name="miss_by_job"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"
