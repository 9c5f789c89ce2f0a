"""ApiToken: how a program says on whose behalf it comes, and how much of that person's rights it
has.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models

from jobs.models.ids import new_id


class ApiToken(models.Model):
    """The secret itself is not here: only its hash, and its first characters to tell tokens
    apart.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="beatwright_api_tokens"
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the secret, in hex.")
    scopes = models.JSONField(
        default=list, help_text="Roles and permissions; empty: all that the user has."
    )
    tags = models.JSONField(
        default=list, help_text="Only jobs that carry one of these; empty: as the user."
    )
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "API token"
        permissions: ClassVar = [("manage_token", "Can see, make and revoke the tokens of others")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=models.Q(revoked_at=None),
                name="api_token_name_unique_in_use",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["prefix"], name="api_token_prefix")]

    def __str__(self) -> str:
        return self.name

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at
