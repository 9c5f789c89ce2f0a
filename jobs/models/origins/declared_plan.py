"""DeclaredPlan: what a module of code declared, each time that this was something else."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class DeclaredPlan(models.Model):
    """The highest number of a source is what holds; the ones below it were replaced."""

    source = models.CharField(max_length=500)
    number = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what it declares.")
    release = models.CharField(max_length=100, blank=True, help_text="The newest that said so.")
    synced_by = models.CharField(max_length=150)
    synced_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "number"], name="declared_plan_once")
        ]

    def __str__(self) -> str:
        return f"{self.source} #{self.number}"
