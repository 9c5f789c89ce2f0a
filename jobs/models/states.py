"""A run's states and the moves between them."""

from __future__ import annotations

from django.db import models


class RunState(models.TextChoices):
    """Where a run is. "Published" is not a state but a column: a queued run may or may not have a
    message.
    """

    BLOCKED = "blocked"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out", "timed out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        return not MOVES[self]

    @classmethod
    def final(cls) -> tuple[RunState, ...]:
        return tuple(state for state in cls if state.is_final)

    @classmethod
    def active(cls) -> tuple[RunState, ...]:
        return tuple(state for state in cls if not state.is_final)

    @classmethod
    def before(cls, target: RunState) -> tuple[RunState, ...]:
        """The states from which ``target`` may be entered."""
        return tuple(state for state, targets in MOVES.items() if target in targets)


MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.BLOCKED: frozenset({RunState.QUEUED, RunState.CANCELLED, RunState.SKIPPED}),
    RunState.QUEUED: frozenset(
        {RunState.RUNNING, RunState.FAILED, RunState.CANCELLED, RunState.SKIPPED}
    ),
    RunState.RUNNING: frozenset(
        {
            RunState.QUEUED,
            RunState.SUCCEEDED,
            RunState.FAILED,
            RunState.TIMED_OUT,
            RunState.CANCELLED,
        }
    ),
    RunState.SUCCEEDED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.TIMED_OUT: frozenset(),
    RunState.CANCELLED: frozenset(),
    RunState.SKIPPED: frozenset(),
}


class Trigger(models.TextChoices):
    """What made a run."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    API = "api"
    KAFKA = "kafka"
    BACKFILL = "backfill"
    RERUN = "rerun"
