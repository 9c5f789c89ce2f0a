"""Secret: a text that jobs name instead of holding it.

SecretUse: how often the runs of a job had it, day by day.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


def is_for(of_secret: list[str], of_job: list[str]) -> bool:
    """Whether a job with these tags may have a secret with those."""
    return not of_secret or not set(of_secret).isdisjoint(of_job)


class Secret(models.Model):
    """The value is stored encrypted, in ``sealed``, and nothing shows it.

    ``version`` counts its values, from 1.

    With tags it is for jobs that carry one of them, and without for every job.
    """

    name = models.CharField(max_length=100, primary_key=True)
    description = models.CharField(max_length=500, blank=True)
    tags = models.JSONField(default=list)
    sealed = models.TextField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField(help_text="When anything of it changed last.")
    updated_by = models.CharField(max_length=150)
    rotated_at = models.DateTimeField(help_text="When it got the value that it has.")

    class Meta:
        # beatwright.view_secret is older: it is the right to see what is hidden in a job's params.
        default_permissions = ()
        permissions: ClassVar = [
            ("use_secret", "Can see the names of secrets, and name them in jobs"),
            ("manage_secret", "Can make, change and remove secrets"),
        ]

    def __str__(self) -> str:
        return self.name


class SecretUse(models.Model):
    """One row for each secret, job and day (UTC), counted up in the statement that hands out the
    value.
    """

    secret = models.ForeignKey(Secret, models.CASCADE, related_name="uses", db_index=False)
    job = models.ForeignKey("beatwright.Job", models.CASCADE, related_name="+")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(help_text="The one that was handed out last.")
    last_used_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["secret", "job", "day"], name="secret_use_once_a_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="secret_use_by_day")]

    def __str__(self) -> str:
        return f"{self.secret_id} {self.day}"
