"""Find a job or a run from any page: a handful of rows, whatever the number of jobs."""

from __future__ import annotations

import re
import uuid

from django.db.models import Case, When

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.models import Job, Run
from jobs.queries.jobs.filter import mentioning

MOST_JOBS = 12
MOST_RUNS = 5
HEX = re.compile(r"[0-9a-f]{8,32}")


def find_jobs(text: str, *, actor: Actor) -> list[Job]:
    """One query: at most 12 unarchived jobs that the list of jobs finds with ``text``: those whose
    name fits best, then those with such a tag, then those with such a task.
    """
    text = text.strip()
    if not text or "\0" in text:
        return []
    jobs = mentioning(visible_jobs(actor).filter(archived_at=None), text)
    fits = ("name__iexact", "name__istartswith", "name__icontains", "tags__icontains")
    fit = Case(
        *(When(**{how: text}, then=place) for place, how in enumerate(fits)), default=len(fits)
    )
    return list(jobs.order_by(fit, "name").only("id", "name", "task")[:MOST_JOBS])


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
