"""What was expected of runs and did not come true."""

from __future__ import annotations

from typing import Any

from jobs.models import Job, Miss, Run
from jobs.moments import iso


def expects_of_runs(job: Job) -> bool:
    """Whether a run of the job can have a miss by what the job says now."""
    return bool(job.must_succeed_by or job.longest_run or job.shortest_run or job.least_output)


def misses_of(run: Run) -> list[Miss]:
    """One query, none where nothing is expected; the run's job is loaded."""
    if run.in_time is not False and not expects_of_runs(run.job):
        return []
    return list(Miss.objects.filter(run=run).order_by("at", "kind"))


def newest_misses(job: Job, limit: int = 5) -> list[Miss]:
    """One query, none where nothing is expected: the job's, the newest first."""
    if not expects_of_runs(job):
        return []
    return list(Miss.objects.filter(job=job).order_by("-at", "-id")[:limit])


def miss_fields(miss: Miss) -> dict[str, Any]:
    """As JSON values."""
    return {
        "kind": miss.kind,
        "message": miss.message,
        "at": iso(miss.at),
        "known_at": iso(miss.known_at),
        "over_at": iso(miss.over_at),
    }
