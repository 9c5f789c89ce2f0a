"""Invitation: the one link that lets a person who was invited choose a password."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models


class Invitation(models.Model):
    """At most one per user; a new one takes the place of the one before.

    The link itself is not here, only its hash.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="beatwright_invitation",
    )
    digest = models.CharField(
        max_length=64, unique=True, help_text="SHA-256 of the link's secret, in hex."
    )
    invited_by = models.CharField(max_length=150)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"invitation by {self.invited_by}"

    def is_open(self, now: datetime) -> bool:
        """Whether the link still works."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at
