"""The versions of a job: what it said before each change is kept, and can be said again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jobs.access.actor import Actor
from jobs.access.audit import as_json_value
from jobs.definition.field import Kind, Place
from jobs.definition.fields import names_in, names_of_fields
from jobs.models import Job, JobVersion
from jobs.moments import read_moment

VERSIONED = names_in(Place.VERSIONS)
MOMENTS = frozenset(names_of_fields(Kind.MOMENT))


def definition(job: Job) -> dict[str, Any]:
    """What the job says, as JSON has it."""
    return {name: as_json_value(getattr(job, name)) for name in VERSIONED}


def keep_versions(jobs: Iterable[Job], *, actor: Actor, now: datetime) -> None:
    """Keep what these jobs say, ahead of a change; inside the caller's transaction and under the
    jobs' locks.
    """
    JobVersion.objects.bulk_create(
        (
            JobVersion(
                job=job,
                version=job.version,
                fields=definition(job),
                replaced_at=now,
                replaced_by=actor.name[:150],
            )
            for job in jobs
        ),
        batch_size=500,
        ignore_conflicts=True,
    )


def values_of_version(version: JobVersion) -> dict[str, Any]:
    """The field values to save; a field that the version does not know, as it is newer, is left
    out.
    """
    known = {name: version.fields[name] for name in VERSIONED if name in version.fields}
    return {
        name: read_moment(value) if name in MOMENTS and value else value
        for name, value in known.items()
    }
