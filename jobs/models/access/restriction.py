"""Restriction: a user who sees and touches only the jobs that carry one of some tags."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Restriction(models.Model):
    """At most one per user; who has none sees every job. It narrows permissions and gives none."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="beatwright_restriction"
    )
    tags = models.JSONField(help_text="Jobs that carry at least one of these.")

    class Meta:
        verbose_name = "restriction by tag"

    def __str__(self) -> str:
        return f"only {', '.join(self.tags)}"
