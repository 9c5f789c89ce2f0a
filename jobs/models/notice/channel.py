"""Channel: a place that notices are sent to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class ChannelKind(models.TextChoices):
    """How it is reached."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    APPRISE = "apprise"
    HEARTBEAT = "heartbeat"


class Channel(models.Model):
    """Its address and its key are stored encrypted, in ``sealed``; ``shown`` says where it leads
    without what is secret in that.

    ``failing_since`` is when the first of the tries failed that no success has followed.
    """

    name = models.CharField(max_length=100, primary_key=True)
    kind = models.CharField(max_length=10, choices=ChannelKind)
    description = models.CharField(max_length=500, blank=True)
    enabled = models.BooleanField(default=True)
    sealed = models.TextField()
    shown = models.CharField(max_length=500)
    answer = models.CharField(max_length=500, blank=True, help_text="To the latest try.")
    tried_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    sent_count = models.PositiveBigIntegerField(default=0)
    failed_count = models.PositiveBigIntegerField(default=0, help_text="Tries, not notices.")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("manage_channel", "Can make, change, test and remove channels and routes"),
        ]

    def __str__(self) -> str:
        return self.name
