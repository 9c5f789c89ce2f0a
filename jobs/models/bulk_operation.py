"""BulkOperation: a person's order to do one thing to everything that a filter matches."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from jobs.models.ids import new_id


class BulkVerb(models.TextChoices):
    """What is done to each: to jobs, to dead letters, or to runs."""

    PAUSE = "pause"
    RESUME = "resume"
    RUN = "run"
    ADD_TAG = "add_tag"
    SET_QUEUE = "set_queue"
    ARCHIVE = "archive"
    RESCHEDULE = "reschedule"
    REQUEUE = "requeue"
    DISCARD = "discard"
    RERUN = "rerun"
    CANCEL = "cancel"

    @property
    def is_for_dead_letters(self) -> bool:
        return self in {BulkVerb.REQUEUE, BulkVerb.DISCARD}

    @property
    def is_for_runs(self) -> bool:
        """Dead letters are runs; these are any."""
        return self in {BulkVerb.RERUN, BulkVerb.CANCEL}

    @property
    def is_for_jobs(self) -> bool:
        return not self.is_for_dead_letters and not self.is_for_runs

    @property
    def things(self) -> str:
        """What it is done to, as a person says it."""
        if self.is_for_dead_letters:
            return "dead letters"
        return "runs" if self.is_for_runs else "jobs"


class BulkState(models.TextChoices):
    """Queued until the leader takes it up, running until nothing is left or somebody cancels it."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


OPEN = (BulkState.QUEUED, BulkState.RUNNING)


class BulkOperation(models.Model):
    """Worked off in the order of ids, from ``cursor`` up to ``last_id``: what was made later is not
    touched.

    ``skipped`` counts what was already as it was to be. Only the first failures are kept with their
    reasons.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    verb = models.CharField(max_length=10, choices=BulkVerb)
    filter = models.JSONField(default=dict)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=BulkState, default=BulkState.QUEUED)
    last_id = models.UUIDField(null=True, help_text="The newest job or run when it was begun.")
    cursor = models.UUIDField(null=True, help_text="What was looked at last.")
    taken_at = models.DateTimeField(
        null=True, help_text="Since when somebody works at the next few."
    )
    total = models.PositiveIntegerField(
        null=True, help_text="So many matched at the start; counted up to a bound."
    )
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)
    created_by = models.CharField(max_length=150)
    rights = models.JSONField(
        help_text="What its author might do, and whence they came, when it was begun."
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(
                fields=["state"], condition=models.Q(state__in=OPEN), name="bulk_operation_open"
            )
        ]

    def __str__(self) -> str:
        which = ", ".join(f"{name}={value}" for name, value in self.filter.items())
        return f"{self.get_verb_display().lower()} {BulkVerb(self.verb).things}: {which or 'all'}"

    @property
    def seen(self) -> int:
        """How many were looked at."""
        return self.done + self.failed + self.skipped

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def counts(self) -> dict[str, int]:
        """What became of those that were looked at."""
        return {"done": self.done, "failed": self.failed, "skipped": self.skipped}
