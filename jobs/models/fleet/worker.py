"""Worker: what each worker says of itself while it lives."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Worker(models.Model):
    """One row per worker name, written by the worker's main process at each heartbeat."""

    name = models.CharField(max_length=255, primary_key=True)
    host = models.CharField(max_length=255)
    identity = models.CharField(
        max_length=255, help_text="Boot id, pid and start time: a reused pid is told apart."
    )
    pid = models.PositiveIntegerField()
    queues = models.JSONField(default=list)
    tasks = models.JSONField(default=list)
    concurrency = models.PositiveIntegerField(default=0)
    busy = models.PositiveIntegerField(default=0)
    stuck = models.PositiveIntegerField(
        default=0, help_text="Pool children that are taken, and run nothing."
    )
    children_killed = models.PositiveIntegerField(
        default=0, help_text="Pool children killed because they hung."
    )
    children_replaced = models.PositiveIntegerField(
        default=0,
        help_text="Pool children replaced for what a run left behind, or because its job asks "
        "for it.",
    )
    junk_messages = models.PositiveIntegerField(
        default=0, help_text="What was no message and was passed over."
    )
    refused_messages = models.PositiveIntegerField(
        default=0, help_text="Messages that were not ours, or not listed."
    )
    refused_last = models.CharField(
        max_length=500, blank=True, help_text="What the last of these was, and why."
    )
    refused_at = models.DateTimeField(null=True, help_text="When the last of these was noted.")
    vouched = models.JSONField(
        default=list, help_text="Its runs whose own rows somebody else keeps locked."
    )
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(
        null=True, help_text="When it said goodbye; empty while it lives or was killed."
    )
    stop_requested_at = models.DateTimeField(
        null=True, help_text="When somebody asked it to shut down."
    )
    stop_requested_by = models.CharField(max_length=150, blank=True)
    restarted_at = models.DateTimeField(null=True, help_text="When its watchdog last restarted it.")

    class Meta:
        permissions: ClassVar = [("control_worker", "Can shut down workers")]
        indexes: ClassVar = [models.Index(fields=["heartbeat_at"], name="worker_heartbeat")]

    def __str__(self) -> str:
        return self.name
