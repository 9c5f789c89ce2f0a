"""Run: the record of one occurrence, from before its message is published until after it ended."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from jobs.models.finding_runs import FINDING_INDEXES
from jobs.models.ids import new_id
from jobs.models.states import RunState, Trigger

AGEING = timedelta(minutes=10)
MESSAGE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9]+")
DRAWING = Q(state=RunState.RUNNING) | Q(state=RunState.QUEUED, published_at__isnull=False)


def rank(available_at: datetime, priority: int) -> datetime:
    """Where a waiting run stands in its queue: one point of priority is worth ten minutes of
    waiting.
    """
    return available_at - priority * AGEING


def occurrence_key(scheduled_for: datetime) -> str:
    """The key of a scheduled occurrence: the same moment of the same job can be written only
    once.
    """
    return f"s:{scheduled_for:%Y-%m-%dT%H:%M:%SZ}"


class RunQuerySet(models.QuerySet["Run"]):
    def ready(self, now: datetime) -> RunQuerySet:
        """Queued, due and without a message."""
        return self.filter(
            state=RunState.QUEUED,
            published_at=None,
            available_at__lte=now,
            cancel_requested_at=None,
        )

    def beyond_start(self, now: datetime) -> RunQuerySet:
        """Not started once, and beyond the moment by which they were to be."""
        waiting = [RunState.BLOCKED, RunState.QUEUED]
        return self.filter(
            start_by__lte=now, attempt=0, state__in=waiting, cancel_requested_at=None
        )

    def to_judge(self, moment: datetime) -> RunQuerySet:
        """Expected to have succeeded by ``moment`` at the latest; whether they had is not
        decided.
        """
        return self.filter(succeed_by__lte=moment, in_time=None)

    def in_broker(self) -> RunQuerySet:
        """Queued, with a message on its way to a worker."""
        return self.filter(state=RunState.QUEUED, published_at__isnull=False)

    def pooled(self) -> RunQuerySet:
        """Those that draw on a pool."""
        return self.exclude(pool="")

    def drawing(self) -> RunQuerySet:
        """Published or running, for a pool: what is in use of it."""
        return self.pooled().filter(DRAWING)

    def dead_letters(self) -> RunQuerySet:
        """Failed or timed out, and nobody has resolved it."""
        return self.filter(state__in=[RunState.FAILED, RunState.TIMED_OUT], resolved_at=None)

    def to_roll_up(self) -> RunQuerySet:
        """Over, and not counted in the roll-ups."""
        return self.filter(finished_at__isnull=False, rolled_up=False)

    def started_uncounted(self) -> RunQuerySet:
        """Started at least once, and not counted in the roll-ups yet: at work, waiting for a retry,
        or just over.
        """
        return self.filter(attempt__gt=0, rolled_up=False)

    def newest_first(self) -> RunQuerySet:
        return self.order_by("-id")

    def move(self, target: RunState, **changes: Any) -> int:
        """Guarded transition: only runs in a state from which ``target`` may be entered move;
        returns how many did.
        """
        return self.filter(state__in=RunState.before(target)).update(state=target, **changes)

    def unpublish(self) -> int:
        """Take back the mark "published" from runs still queued, so that they are published
        again.
        """
        return self.in_broker().update(published_at=None)


class Run(models.Model):
    """A snapshot of what is to run, and what became of it. A final state is never left."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey("beatwright.Job", models.PROTECT, related_name="runs", db_index=False)
    occurrence_key = models.CharField(max_length=200)
    scheduled_for = models.DateTimeField()
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.SCHEDULE)
    state = models.CharField(max_length=10, choices=RunState, default=RunState.QUEUED)
    reason = models.CharField(
        max_length=500, blank=True, help_text="Why it is in this state, where that needs saying."
    )
    other_run = models.UUIDField(
        null=True, help_text="The run of its job that the reason is about."
    )

    queue = models.CharField(max_length=100)
    priority = models.SmallIntegerField(default=0)
    pool = models.CharField(
        max_length=100, blank=True, help_text="What it draws on; empty: on nothing."
    )
    cpu = models.PositiveBigIntegerField(default=0)
    memory = models.PositiveBigIntegerField(default=0)
    storage = models.PositiveBigIntegerField(default=0)
    task = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    job_version = models.PositiveIntegerField(default=1)
    secrets = models.JSONField(
        null=True, help_text="Names and versions of the secrets that its last attempt was given."
    )

    attempt = models.PositiveIntegerField(default=0, help_text="Starts so far.")
    failures = models.PositiveIntegerField(
        default=0, help_text="Attempts that count against max_retries."
    )
    losses = models.PositiveIntegerField(
        default=0, help_text="Attempts that were lost, whatever the cause."
    )
    child_losses = models.PositiveIntegerField(
        default=0, help_text="Of these: its process died, its worker lived."
    )
    worker_losses = models.PositiveIntegerField(default=0, help_text="Of these: its worker died.")
    lease_losses = models.PositiveIntegerField(
        default=0, help_text="Of these: its worker was cut off."
    )

    created_at = models.DateTimeField()
    available_at = models.DateTimeField(help_text="Not published before this moment.")
    rank_at = models.DateTimeField(
        help_text="Its place in the queue: available_at less ten minutes a priority point."
    )
    start_by = models.DateTimeField(
        null=True, help_text="Its first attempt begins before this moment, or never."
    )
    succeed_by = models.DateTimeField(
        null=True, help_text="Its job expects it to have succeeded by then."
    )
    in_time = models.BooleanField(
        null=True, help_text="Whether it had, or a rerun of it; empty: not decided yet."
    )
    published_at = models.DateTimeField(null=True)
    publish_count = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=255, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    exclusive = models.BooleanField(
        default=False, help_text="Its job's policy forbids that two runs overlap."
    )
    backfill = models.ForeignKey(
        "beatwright.Backfill", models.PROTECT, null=True, related_name="runs", db_index=False
    )
    error = models.TextField(blank=True, help_text="The first line of the last error.")
    fingerprint = models.CharField(
        max_length=40, blank=True, help_text="The same for errors that are the same."
    )
    progress = models.JSONField(null=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="reruns")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=150, blank=True)
    resolution = models.CharField(
        max_length=500, blank=True, help_text="Requeued, or why it was discarded."
    )
    skipped_until = models.DateTimeField(null=True)
    skipped_count = models.PositiveIntegerField(default=0)
    rolled_up = models.BooleanField(
        default=False, help_text="Counted in the roll-ups, once it was over."
    )

    objects: ClassVar[models.Manager[Run]] = RunQuerySet.as_manager()

    class Meta:
        permissions: ClassVar = [
            ("cancel_run", "Can cancel runs"),
            ("rerun_run", "Can run a run again, with edits too"),
            ("requeue_dead", "Can requeue and discard dead letters"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["job", "occurrence_key"], name="run_once_per_occurrence"
            ),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_known"),
            models.UniqueConstraint(
                fields=["job"],
                condition=Q(exclusive=True, state__in=[RunState.QUEUED, RunState.RUNNING]),
                name="run_exclusive_alone",
            ),
            models.UniqueConstraint(
                fields=["job"],
                condition=Q(exclusive=True, state=RunState.BLOCKED, backfill=None),
                name="run_exclusive_one_waits",
            ),
        ]
        indexes: ClassVar = [
            # The state leads, although it is always the same, so that SQLite does not sort the
            # waiting runs instead.
            models.Index(
                fields=["state", "queue", "pool", "rank_at", "id"],
                condition=Q(state=RunState.QUEUED, published_at=None),
                name="run_ready",
            ),
            models.Index(
                fields=["state", "pool", "queue", "rank_at", "id"],
                condition=~Q(pool="") & Q(state=RunState.QUEUED, published_at=None),
                name="run_waits_for_pool",
            ),
            models.Index(
                fields=["start_by"],
                condition=Q(
                    start_by__isnull=False, attempt=0, state__in=[RunState.BLOCKED, RunState.QUEUED]
                ),
                name="run_to_start",
            ),
            models.Index(
                fields=["succeed_by"],
                condition=Q(succeed_by__isnull=False, in_time=None),
                name="run_to_succeed",
            ),
            models.Index(
                fields=["pool"], condition=~Q(pool="") & DRAWING, name="run_draws_on_pool"
            ),
            models.Index(
                fields=["queue", "published_at"],
                condition=Q(state=RunState.QUEUED, published_at__isnull=False),
                name="run_in_broker",
            ),
            models.Index(
                fields=["lease_expires_at"], condition=Q(state=RunState.RUNNING), name="run_leased"
            ),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=[RunState.BLOCKED, RunState.QUEUED, RunState.RUNNING]),
                name="run_active",
            ),
            models.Index(
                fields=["worker"],
                condition=Q(state=RunState.RUNNING, cancel_requested_at__isnull=False),
                name="run_to_cancel",
            ),
            models.Index(
                F("fingerprint"),
                F("id").desc(),
                condition=Q(state__in=[RunState.FAILED, RunState.TIMED_OUT], resolved_at=None),
                name="run_dead",
            ),
            models.Index(
                F("id").desc(),
                condition=Q(state__in=[RunState.FAILED, RunState.TIMED_OUT], resolved_at=None),
                name="run_dead_newest",
            ),
            models.Index(
                fields=["backfill", "state", "scheduled_for"],
                condition=Q(backfill__isnull=False),
                name="run_backfilled",
            ),
            models.Index(
                fields=["finished_at"], condition=Q(finished_at__isnull=False), name="run_finished"
            ),
            models.Index(
                fields=["finished_at"],
                condition=Q(finished_at__isnull=False, rolled_up=False),
                name="run_to_roll_up",
            ),
            models.Index(
                fields=["task"], condition=Q(attempt__gt=0, rolled_up=False), name="run_started"
            ),
            *FINDING_INDEXES,
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def message_id(self) -> str:
        """Celery's task id of the current message, and of the attempt it starts."""
        return message_id(self.id, self.publish_count)

    @property
    def is_dead_letter(self) -> bool:
        return self.state in {RunState.FAILED, RunState.TIMED_OUT} and self.resolved_at is None

    @property
    def is_retrying(self) -> bool:
        """Queued again after an attempt of its own."""
        return self.state == RunState.QUEUED and self.attempt > 0


def message_id(run_id: uuid.UUID | str, publish_count: int) -> str:
    return f"{run_id}.{publish_count}"


def is_message_id(text: object) -> bool:
    """Whether it looks like one: a plain task that is called so would write over a run's
    attempt.
    """
    return isinstance(text, str) and MESSAGE_ID.fullmatch(text) is not None
