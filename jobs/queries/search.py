"""Find a job or a run from any page: a handful of rows, whatever the number of jobs."""

from __future__ import annotations

import re
import uuid

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.models import Job, Run
from jobs.queries.jobs.filter import mentioning

MOST_JOBS = 12
MOST_RUNS = 5
HEX = re.compile(r"[0-9a-f]{8,32}")


def find_jobs(text: str, *, actor: Actor) -> list[Job]:
    """One query: unarchived jobs that the list of jobs finds with ``text``, by name, at most 12."""
    if not text.strip():
        return []
    jobs = mentioning(visible_jobs(actor).filter(archived_at=None), text)
    return list(jobs.order_by("name").only("id", "name", "task")[:MOST_JOBS])


def find_runs(text: str, *, actor: Actor) -> list[Run]:
    """One query, or none where ``text`` is no id: runs by their id or its first eight digits or
    more, newest first.
    """
    digits = text.strip().lower().replace("-", "")
    if not HEX.fullmatch(digits):
        return []
    first, last = (uuid.UUID(digits.ljust(32, end)) for end in "0f")
    runs = visible_runs(actor).filter(pk__gte=first, pk__lte=last).select_related("job")
    return list(runs.newest_first().only("id", "state", "attempt", "job__name")[:MOST_RUNS])
