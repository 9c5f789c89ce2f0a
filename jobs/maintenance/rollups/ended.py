"""What is read of a run that is over."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from jobs.models import RunState

COLUMNS = (
    "id",
    "job_id",
    "queue",
    "task",
    "state",
    "attempt",
    "finished_at",
    "reason",
    "available_at",
    "started_at",
    "succeed_by",
)
# The words that reasons of skipped runs begin with, each up to a colon or a space.
SKIP_REASONS = frozenset({"archived", "backfill", "edited", "missed", "overlap", "paused"})


class EndedRun(NamedTuple):
    """One run; it has times if its last attempt began, and a ``skip_reason``, one word, if it was
    skipped.
    """

    id: uuid.UUID
    job_id: uuid.UUID
    queue: str
    task: str
    state: str
    attempt: int
    finished_at: datetime
    skip_reason: str
    wait_ms: int | None
    duration_ms: int | None
    succeed_by: datetime | None

    @classmethod
    def of(cls, row: Sequence[Any]) -> EndedRun:
        """From the values of COLUMNS."""
        (
            run_id,
            job_id,
            queue,
            task,
            state,
            attempt,
            finished_at,
            reason,
            available_at,
            started_at,
            succeed_by,
        ) = row
        wait_ms = duration_ms = None
        # One that was cancelled while it waited for a retry has the start of the attempt before.
        if started_at and started_at >= available_at:
            wait_ms, duration_ms = _ms(started_at - available_at), _ms(finished_at - started_at)
        skip_reason = _skip_reason(reason) if state == RunState.SKIPPED else ""
        return cls(
            run_id,
            job_id,
            queue,
            task,
            state,
            attempt,
            finished_at,
            skip_reason,
            wait_ms,
            duration_ms,
            succeed_by,
        )

    @property
    def is_in_time(self) -> bool:
        """Whether it has succeeded by when it was to."""
        is_success = self.state == RunState.SUCCEEDED
        return is_success and self.succeed_by is not None and self.finished_at <= self.succeed_by


def _skip_reason(reason: str) -> str:
    word = reason.replace(":", " ").partition(" ")[0]
    return word if word in SKIP_REASONS else "other"


def _ms(span: timedelta) -> int:
    return max(0, span // timedelta(milliseconds=1))
