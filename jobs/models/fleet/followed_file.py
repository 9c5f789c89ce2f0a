"""FollowedFile: a schedule file that a machine's schedulers follow, as they last found it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class FollowedFile(models.Model):
    """Together the rows are the one list of all schedulers' files."""

    host = models.CharField(max_length=255)
    path = models.CharField(max_length=500, help_text="Absolute: the source of its jobs.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of its bytes; empty where it cannot be read."
    )
    seen_at = models.DateTimeField(help_text="When a scheduler there last followed it.")
    problem = models.TextField(blank=True, help_text="Why it was not imported; empty: it was.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["host", "path"], name="followed_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.host}:{self.path}"
