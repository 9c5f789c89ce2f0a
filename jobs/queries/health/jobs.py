"""Which jobs cannot run as they are written?"""

from __future__ import annotations

from collections.abc import Iterator

from jobs.dispatch import registry
from jobs.models import Job, Pool
from jobs.queries.health.finding import Finding

MOST = 20


def jobs(host: str) -> Iterator[Finding]:
    """The first jobs whose schedule is broken, the first whose task nobody knows, and the first whose pool is gone."""
    for job in Job.objects.unarchived().exclude(state__schedule_error="").select_related("state")[:MOST]:
        yield Finding(f"job {job.name}", False, job.state.schedule_error, "mend its schedule and save it")
    unknown = Job.objects.unarchived().exclude(task__in=list(registry.registered()))
    for job in unknown.order_by("name")[:MOST]:
        why = registry.why_missing(job.task)
        detail = f"its task {job.task!r} is not registered{': ' + why if why else ''}"
        yield Finding(f"job {job.name}", False, detail, "mend the file" if why else "deploy the task or edit it")
    lost = Job.objects.unarchived().exclude(pool="").exclude(pool__in=Pool.objects.values("name"))
    for job in lost.order_by("name")[:MOST]:
        detail = f"its pool {job.pool!r} does not exist, so nothing limits it"
        yield Finding(f"job {job.name}", False, detail, "make the pool or edit the job")
