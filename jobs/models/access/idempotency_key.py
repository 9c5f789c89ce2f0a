"""IdempotencyKey: what was answered to a request that may be sent again."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class IdempotencyKey(models.Model):
    """One request of one caller. ``status`` is 0 until it was answered."""

    owner = models.CharField(max_length=200)
    key = models.CharField(max_length=100)
    request = models.CharField(max_length=64, help_text="A digest of method, address and body.")
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_key_age")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.key}"
