"""Notice: something to be told, written with the change that it tells of, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from jobs.models.ids import new_id
from jobs.models.notice.channel import Channel


class NoticeKind(models.TextChoices):
    """What it says of its alert."""

    OPENED = "opened"
    RECOVERED = "recovered"
    ESCALATED = "escalated"
    FLAPPING = "flapping"


class NoticeState(models.TextChoices):
    """What became of it: ``counted`` means that another notice tells of it as well."""

    WAITING = "waiting"
    SENT = "sent"
    COUNTED = "counted"
    DROPPED = "dropped"
    FAILED = "failed"


class Notice(models.Model):
    """One row of the outbox. ``id`` is what its receiver sees at every try, ``key`` is what keeps
    it from being written twice.

    A try has the notice until ``leased_until``; only the ``attempts`` it began with let it end.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=250, unique=True)
    kind = models.CharField(max_length=10, choices=NoticeKind)
    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.WAITING)
    channel = models.ForeignKey(
        Channel, models.SET_NULL, null=True, related_name="notices", db_index=False
    )
    channel_name = models.CharField(max_length=100)
    route_name = models.CharField(max_length=100)
    title = models.CharField(max_length=250)
    text = models.TextField()
    data = models.JSONField(default=dict, help_text="The same for programs.")
    # No foreign keys: what it tells of may be deleted long before it.
    alert_id = models.BigIntegerField()
    alert_kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=255)
    job = models.ForeignKey("beatwright.Job", models.CASCADE, null=True, related_name="+")
    run_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(help_text="Not sent before.")
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True)
    carried_by = models.ForeignKey("self", models.SET_NULL, null=True, related_name="carries")

    class Meta:
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state="waiting"),
                name="notice_waiting",
            ),
            models.Index(fields=["alert_id"], name="notice_of_alert"),
            models.Index(fields=["channel_name", "state", "-id"], name="notice_of_channel"),
            models.Index(fields=["route_name", "sent_at"], name="notice_of_route"),
        ]

    def __str__(self) -> str:
        return self.title
