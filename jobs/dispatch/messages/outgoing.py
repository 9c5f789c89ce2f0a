"""A run that is about to get a message: a tuple of what the message, the log and the trace tell of
it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from jobs.models import Run
from jobs.models.run import message_id


class Limits(NamedTuple):
    """What a job says of each attempt of its runs."""

    max_retries: int | None
    retry_backoff_seconds: int | None
    retry_backoff_max_seconds: int | None
    retry_jitter: bool | None
    timeout_seconds: int | None
    memory_limit_mb: int | None


class Outgoing(NamedTuple):
    """One run, as of its mark; ``limits`` are its job's at this moment."""

    id: uuid.UUID
    publish_count: int
    scheduled_for: datetime
    failures: int
    attempt: int
    trigger: str
    queue: str
    priority: int
    task: str
    exclusive: bool
    job_name: str
    limits: Limits

    @property
    def message_id(self) -> str:
        """Celery's task id of the message, and of the attempt it starts."""
        return message_id(self.id, self.publish_count)


_OF_RUN = Outgoing._fields[: Outgoing._fields.index("job_name")]
_OF_JOB = ("name", *Limits._fields)


def outgoing(runs: QuerySet[Run]) -> list[Outgoing]:
    """One query, in the order of ``runs``; no model is made."""
    rows = runs.values_list(*_OF_RUN, *(f"job__{name}" for name in _OF_JOB))
    return [_made(row[: len(_OF_RUN)], row[len(_OF_RUN) :]) for row in rows]


def outgoing_of(runs: Iterable[Run]) -> list[Outgoing]:
    """Of runs that are loaded, with their jobs."""
    return [
        _made(
            [getattr(run, name) for name in _OF_RUN], [getattr(run.job, name) for name in _OF_JOB]
        )
        for run in runs
    ]


def _made(of_run: Sequence[Any], of_job: Sequence[Any]) -> Outgoing:
    return Outgoing._make([*of_run, of_job[0], Limits._make(of_job[1:])])
