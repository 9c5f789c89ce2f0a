"""Jobs that a test saves for its site: all at once, and before the first of them is due."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.site import Site

CREATE = """
import json
from datetime import datetime
from django.db import transaction
from django.utils.timezone import now
from jobs.models import Job, JobState
MOMENTS = {"starts_at", "ends_at"}
def job(fields):
    return Job(**{k: datetime.fromisoformat(v) if k in MOMENTS else v for k, v in fields.items()})
with transaction.atomic():
    jobs = Job.objects.bulk_create([job(fields) for fields in json.loads(%r)])
    JobState.objects.follow([(job, None) for job in jobs], now=now())
"""
LATE = (
    "SELECT name FROM beatwright_job JOIN beatwright_jobstate ON job_id = id"
    " WHERE next_run_at IS NULL AND enabled AND schedule <> '@manual'"
    " AND NOT EXISTS (SELECT 1 FROM beatwright_run WHERE beatwright_run.job_id = beatwright_job.id)"
)


def save_jobs(site: Site, jobs: Iterable[Mapping[str, Any]], *, allow_past: bool = False) -> None:
    """Save jobs with these fields; one whose only moment has passed meanwhile would never run, and
    is an error.
    """
    site.python(CREATE % json.dumps(list(jobs)))
    if not allow_past and (late := site.query(LATE)):
        raise RuntimeError(
            f"{len(late)} jobs were due before they were saved: this machine is too slow"
        )
