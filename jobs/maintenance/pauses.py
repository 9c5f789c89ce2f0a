"""Ending the pauses of jobs and queues whose time is over."""

from __future__ import annotations

from datetime import datetime

from jobs.actions.pauses import resume_due
from jobs.actions.queues import resume_due_queues


def end_pauses(*, now: datetime) -> dict[str, int]:
    """Returns {"jobs resumed": n, "queues resumed": n}."""
    return {"jobs resumed": resume_due(now=now), "queues resumed": resume_due_queues(now=now)}
