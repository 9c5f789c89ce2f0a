"""What a job said before."""

from __future__ import annotations

from typing import Any

from jobs.models import Job, JobVersion
from jobs.queries.fields import json_fields


def versions_of(job: Job, *, limit: int = 100) -> list[dict[str, Any]]:
    """One query: the job's replaced versions, newest first, as JSON values."""
    names = ("version", "fields", "replaced_at", "replaced_by")
    rows = JobVersion.objects.filter(job=job).order_by("-version").values(*names)[:limit]
    return [json_fields(dict(row)) for row in rows]
