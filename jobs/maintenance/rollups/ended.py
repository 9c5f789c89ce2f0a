"""What is read of a run that is over."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from jobs.models import RunState

# The words that reasons of skipped runs begin with, each up to a colon or a space.
SKIP_REASONS = frozenset({"archived", "backfill", "edited", "missed", "overlap", "paused"})


class Ended(NamedTuple):
    """The columns of Run of these names."""

    id: uuid.UUID
    job_id: uuid.UUID
    queue: str
    task: str
    state: str
    reason: str
    available_at: datetime
    started_at: datetime | None
    finished_at: datetime
    attempt: int

    @property
    def has_started(self) -> bool:
        """Whether its last attempt began; a run that was cancelled while it waited for a retry has an older start."""
        return self.started_at is not None and self.started_at >= self.available_at

    @property
    def wait_ms(self) -> int:
        return _ms(self.started_at - self.available_at) if self.started_at else 0

    @property
    def duration_ms(self) -> int | None:
        return _ms(self.finished_at - self.started_at) if self.started_at and self.has_started else None

    @property
    def skip_reason(self) -> str:
        """Why it was skipped, in one word; empty if it was not."""
        if self.state != RunState.SKIPPED:
            return ""
        word = self.reason.replace(":", " ").partition(" ")[0]
        return word if word in SKIP_REASONS else "other"


def _ms(span: timedelta) -> int:
    return max(0, span // timedelta(milliseconds=1))
