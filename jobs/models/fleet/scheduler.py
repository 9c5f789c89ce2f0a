"""Scheduler: what each scheduler process says of itself while it lives."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Scheduler(models.Model):
    """One row per process, written by a thread beside its loop: ``ticked_at`` stands still when the
    loop does.
    """

    name = models.CharField(
        max_length=255, primary_key=True, help_text="The same as the leader's holder."
    )
    host = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    ticked_at = models.DateTimeField(
        help_text="When its loop last came round without an error of the database."
    )
    stopped_at = models.DateTimeField(
        null=True, help_text="When it said goodbye; empty while it lives or was killed."
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["ticked_at"], name="scheduler_ticked")]

    def __str__(self) -> str:
        return self.name
