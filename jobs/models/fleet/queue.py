"""Queue: what people decide about a queue. One without a row is simply open."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Queue(models.Model):
    """A queue that somebody has paused at some time, or that workers other than ours consume.

    Runs of one that is paused or held are not published.
    """

    name = models.CharField(max_length=100, primary_key=True)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.CharField(max_length=150, blank=True)
    paused_reason = models.CharField(max_length=500, blank=True)
    paused_until = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(
        null=True,
        help_text="When messages of it were last seen to go to a worker that is not ours.",
    )
    taken_by = models.CharField(
        max_length=500, blank=True, help_text="Who takes them; empty where nobody answers."
    )
    held = models.BooleanField(
        default=False, help_text="No message is sent: only such workers would take it."
    )

    class Meta:
        permissions: ClassVar = [("pause_queue", "Can pause and resume queues, and drain workers")]

    def __str__(self) -> str:
        return self.name
