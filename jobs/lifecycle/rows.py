"""Typed rows: what is read of a run to claim it and to end it, and what an attempt keeps beyond its
columns.

The JSON of an attempt has one reader and one writer, both here.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django_celery_results.models import TaskResult

from jobs import conf
from jobs.lifecycle.connections import LIFECYCLE


def _of_job(name: str) -> Any:
    """A field that is read from the column ``name`` of the run's job."""
    return field(metadata={"column": f"job__{name}"})


def columns_of(row: type[Any]) -> tuple[str, ...]:
    """The columns of a run that the fields of the dataclass ``row`` are read from, in their
    order.
    """
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
        seconds = self.timeout_seconds or conf.get().default_timeout_seconds
        return timedelta(seconds=seconds) if seconds else None


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run as it is while its row is locked to end it; ``now`` is the database's clock at that
    moment.
    """

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


@dataclass(frozen=True, slots=True)
class AttemptMeta:
    """The JSON in the ``meta`` of a TaskResult row that records one attempt of a run.

    While it runs, ``pid`` is its pool child. Once it is over, ``outcome`` is a word of Ending,
    ``cause`` one of Loss if it was lost, and ``children`` what Celery keeps there.
    ``late_finished_at`` (ISO 8601) is when a body came to its end although the attempt had been
    ended for it.
    """

    run: uuid.UUID
    attempt: int
    pid: int | None = None
    outcome: str | None = None
    cause: str | None = None
    children: tuple[Any, ...] | None = None
    late_finished_at: str | None = None

    @classmethod
    def read(cls, text: str | None) -> AttemptMeta | None:
        """None where it is no attempt's: the result of a plain task, whose meta is anybody's."""
        try:
            stored = json.loads(text or "{}")
            run, attempt, children = (
                uuid.UUID(stored["run"]),
                stored["attempt"],
                stored.get("children"),
            )
            children = None if children is None else tuple(children)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        if not isinstance(attempt, int) or str(run) != stored["run"]:
            return None
        return cls(
            run=run,
            attempt=attempt,
            pid=stored.get("pid"),
            outcome=stored.get("outcome"),
            cause=stored.get("cause"),
            children=children,
            late_finished_at=stored.get("late_finished_at"),
        )

    def text(self) -> str:
        """As it is stored: without what it does not have."""
        stored = {
            "run": str(self.run),
            "attempt": self.attempt,
            "pid": self.pid,
            "outcome": self.outcome,
            "cause": self.cause,
            "children": self.children,
            "late_finished_at": self.late_finished_at,
        }
        return json.dumps({name: value for name, value in stored.items() if value is not None})


def metas_of(task_ids: Iterable[str]) -> dict[str, AttemptMeta]:
    """One query: the attempts that these messages have begun, by their task ids."""
    rows = (
        TaskResult.objects.using(LIFECYCLE)
        .filter(task_id__in=list(task_ids))
        .values_list("task_id", "meta")
    )
    return {task_id: meta for task_id, text in rows if (meta := AttemptMeta.read(text))}
