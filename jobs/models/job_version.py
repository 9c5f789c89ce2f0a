"""JobVersion: what a job said before it was changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class JobVersion(models.Model):
    """A definition that was replaced. The present one is the job itself."""

    job = models.ForeignKey(
        "beatwright.Job", models.CASCADE, related_name="versions", db_index=False
    )
    version = models.PositiveIntegerField()
    fields = models.JSONField(help_text="The values a person may set, as JSON has them.")
    replaced_at = models.DateTimeField()
    replaced_by = models.CharField(max_length=150)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "version"], name="job_version_once")
        ]
        indexes: ClassVar = [models.Index(fields=["replaced_at"], name="job_version_replaced")]

    def __str__(self) -> str:
        return f"{self.job_id} version {self.version}"
