"""Jobs and runs for tests, each valid as it stands: a test names only the fields it is about."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone

from jobs.models import Job, Run
from jobs.models.run import occurrence_key, rank

_numbers = itertools.count(1)


def make_job(**fields: Any) -> Job:
    """A saved job, by default an EchoTask every five minutes."""
    defaults = {"name": f"job-{next(_numbers)}", "task": "EchoTask", "schedule": "*/5 * * * *"}
    return Job.objects.create(**(defaults | fields))


def make_run(job: Job | None = None, **fields: Any) -> Run:
    """A saved run of ``job`` (or of a new one), by default queued, due now and not yet published."""
    job = job or make_job()
    now = timezone.now()
    defaults: dict[str, Any] = {
        "job": job,
        "scheduled_for": now,
        "queue": job.queue,
        "priority": job.priority,
        "task": job.task,
        "params": job.params,
        "job_version": job.version,
        "created_at": now,
    }
    values = defaults | fields
    values.setdefault("available_at", values["scheduled_for"])
    values.setdefault("rank_at", rank(values["available_at"], values["priority"]))
    # The number keeps two runs of the same second apart, which schedules never make but tests do.
    values.setdefault("occurrence_key", f"{occurrence_key(values['scheduled_for'])}#{next(_numbers)}")
    return Run.objects.create(**values)
