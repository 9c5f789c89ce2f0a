"""Route: which alerts go to which channel, and when."""

from __future__ import annotations

from django.db import models

from jobs.models.notice.channel import Channel


class Route(models.Model):
    """An alert takes it if each list that is not empty has it; an alert without a job takes none
    that names jobs, tags or owners.

    ``jobs`` holds ids. ``quiet`` is empty or ``22:00-07:00``, on clocks in ``timezone``.
    """

    name = models.CharField(max_length=100, primary_key=True)
    description = models.CharField(max_length=500, blank=True)
    enabled = models.BooleanField(default=True)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="routes")
    kinds = models.JSONField(default=list)
    severities = models.JSONField(default=list)
    jobs = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    owners = models.JSONField(default=list)
    queues = models.JSONField(default=list)
    recovery = models.BooleanField(default=True)
    quiet = models.CharField(max_length=11, blank=True)
    timezone = models.CharField(max_length=64, default="UTC")
    digest_minutes = models.PositiveIntegerField(default=0)
    escalate_minutes = models.PositiveIntegerField(default=0)
    escalate_to = models.ForeignKey(
        Channel, models.PROTECT, null=True, related_name="escalated_routes"
    )
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.name
