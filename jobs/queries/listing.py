"""Pages of jobs and runs: keyset paging, bounded, no COUNT."""

from __future__ import annotations

from django.db.models import Q

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.errors import DomainError
from jobs.models import Job, Run, RunState
from jobs.queries.lookup import find_run

JOB_STATES = {
    "active": Q(enabled=True, state__schedule_error=""),
    "paused": Q(enabled=False),
    "broken": ~Q(state__schedule_error=""),
}


def jobs_page(
    *, search: str = "", status: str = "", queue: str = "", after: str = "", limit: int, actor: Actor
) -> list[Job]:
    """Unarchived jobs by name, after the name ``after``; ``search`` matches any part of name, task or tags."""
    if status and status not in JOB_STATES:
        raise DomainError(f"must be one of {', '.join(JOB_STATES)}", field="status")
    jobs = visible_jobs(actor).unarchived().select_related("state").filter(JOB_STATES.get(status, Q()), name__gt=after)
    if search:
        jobs = jobs.filter(Q(name__icontains=search) | Q(task__icontains=search) | Q(tags__icontains=search))
    if queue:
        jobs = jobs.filter(queue=queue)
    return list(jobs.order_by("name")[:limit])


def runs_page(job: Job, *, state: str = "", after: str = "", limit: int, actor: Actor) -> list[Run]:
    """The job's runs, newest first, after the run with the id ``after``."""
    if state and state not in RunState.values:
        raise DomainError(f"must be one of {', '.join(RunState.values)}", field="status")
    runs = visible_runs(actor).filter(job=job).select_related("job").newest_first()
    if state:
        runs = runs.filter(state=state)
    if after:
        runs = runs.filter(pk__lt=find_run(after, actor=actor).pk)
    return list(runs[:limit])
