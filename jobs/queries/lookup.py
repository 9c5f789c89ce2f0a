"""One job or one run, by what a person calls it."""

from __future__ import annotations

import uuid

from jobs.access.actor import Actor
from jobs.access.visible import visible_jobs, visible_runs
from jobs.errors import JobNotFound, RunNotFound
from jobs.models import Job, Run


def find_job(name_or_id: str, *, actor: Actor) -> Job:
    """The unarchived job of this name, else the job of this id, if the actor sees it; raises
    JobNotFound.
    """
    jobs = visible_jobs(actor).select_related("state")
    job = (
        jobs.filter(name=name_or_id, archived_at=None).first()
        or jobs.filter(pk=_uuid(name_or_id)).first()
    )
    if job is None:
        raise JobNotFound(f"no job is named {name_or_id!r}", field="job")
    return job


def job_by_id(job_id: uuid.UUID, *, actor: Actor) -> Job:
    """The unarchived job of this id, if the actor sees it; raises JobNotFound."""
    job = visible_jobs(actor).select_related("state").filter(pk=job_id, archived_at=None).first()
    if job is None:
        raise JobNotFound(f"there is no job {str(job_id)!r}", field="job")
    return job


def find_run(run_id: str, *, actor: Actor) -> Run:
    """The run of this id; raises RunNotFound, also for one that the actor does not see."""
    run = visible_runs(actor).select_related("job").filter(pk=_uuid(run_id)).first()
    if run is None:
        raise RunNotFound(f"there is no run {run_id!r}", field="run")
    return run


NOBODY = uuid.UUID(int=0)


def _uuid(text: str) -> uuid.UUID:
    """The id in ``text``, or one that nothing has."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return NOBODY
