"""What is read of a run, column by column: to claim it, and to end it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any


def _of_job(name: str) -> Any:
    """A field that is read from the column ``name`` of the run's job."""
    return field(metadata={"column": f"job__{name}"})


def columns_of(row: type[Any]) -> tuple[str, ...]:
    """The columns of a run that the fields of the dataclass ``row`` are read from, in their order."""
    return tuple(field.metadata.get("column", field.name) for field in fields(row))


@dataclass(frozen=True, slots=True)
class ClaimableRun:
    """The run of a message, before it is claimed, and what its job says of how it is to be run."""

    task: str
    state: str
    attempt: int
    params: dict[str, Any]
    scheduled_for: datetime
    job_id: uuid.UUID
    exclusive: bool
    timeout_seconds: int | None = _of_job("timeout_seconds")
    retry_backoff_seconds: int | None = _of_job("retry_backoff_seconds")
    retry_backoff_max_seconds: int | None = _of_job("retry_backoff_max_seconds")
    retry_jitter: bool | None = _of_job("retry_jitter")
    fresh_process: bool = _of_job("fresh_process")

    @property
    def time_limit(self) -> timedelta | None:
        return timedelta(seconds=self.timeout_seconds) if self.timeout_seconds else None


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run as it is while its row is locked to end it; ``now`` is the database's clock at that moment."""

    now: datetime
    state: str
    publish_count: int
    worker: str
    attempt: int
    priority: int
    failures: int
    losses: int
    child_losses: int
    worker_losses: int
    lease_losses: int
    cancel_requested_at: datetime | None
    job_id: uuid.UUID
    task: str
    exclusive: bool
    lease_expires_at: datetime | None
    params: dict[str, Any]
