"""Which jobs cannot run as they are written?"""

from __future__ import annotations

from collections.abc import Iterator

from jobs import conf
from jobs.models import Job, Pool
from jobs.params import registry
from jobs.queries.health.finding import HealthFinding

MOST = 20
OFF = "it runs a command, and ALLOW_COMMANDS is off here"


def jobs(host: str) -> Iterator[HealthFinding]:
    """The first jobs whose schedule is broken, the first whose task cannot run, and the first whose
    pool is gone.
    """
    for job in (
        Job.objects.unarchived().exclude(state__schedule_error="").select_related("state")[:MOST]
    ):
        yield HealthFinding(
            f"job {job.name}", False, job.state.schedule_error, "fix its schedule and save it"
        )
    fit = [name for name, task in registry.registered().items() if not task.refusal]
    for job in Job.objects.unarchived().exclude(task__in=fit).order_by("name")[:MOST]:
        yield HealthFinding(f"job {job.name}", False, *_about_task(job.task))
    if not conf.get().allow_commands:  # an import pauses those that wait for it
        commands = Job.objects.unarchived().filter(task=registry.COMMAND, enabled=True)
        for job in commands.order_by("name")[:MOST]:
            yield HealthFinding(
                f"job {job.name}",
                False,
                OFF,
                "set ALLOW_COMMANDS=true here and on the workers, or pause it",
            )
    lost = Job.objects.unarchived().exclude(pool="").exclude(pool__in=Pool.objects.values("name"))
    for job in lost.order_by("name")[:MOST]:
        detail = f"its pool {job.pool!r} does not exist, so it is not limited"
        yield HealthFinding(f"job {job.name}", False, detail, "create the pool or edit the job")


def _about_task(task: str) -> tuple[str, str]:
    """What keeps the task from running, and what to do about it."""
    if known := registry.registered().get(task):
        return f"its task {task!r} cannot be a job: {known.refusal}", "fix the task or edit the job"
    why = registry.why_missing(task)
    detail = f"its task {task!r} is not registered{': ' + why if why else ''}"
    return detail, "fix the file" if why else "deploy the task or edit the job"
