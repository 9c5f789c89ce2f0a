"""Late, stuck and broken: what the open alerts say of jobs is copied to where the list of jobs is
sorted by it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from jobs.models import Alert, AlertKind, Health, JobHealth

MOST = 20_000
AT_ONCE = 500
TROUBLE = {
    AlertKind.LATE: Health.LATE,
    AlertKind.STUCK: Health.STUCK,
    AlertKind.BROKEN_SCHEDULE: Health.BROKEN,
}


class Troubles:
    """Two queries while nothing changes; their cost grows with the trouble, not with the jobs."""

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns {"healths changed": n}."""
        wanted, known = _said_by_alerts(), dict(_troubled())
        changes: dict[int, list[uuid.UUID]] = defaultdict(list)
        for job in wanted.keys() | known.keys():
            if wanted.get(job, 0) != known.get(job, 0):
                changes[wanted.get(job, 0)].append(job)
        return {"healths changed": sum(_set(trouble, jobs) for trouble, jobs in changes.items())}


def _said_by_alerts() -> dict[uuid.UUID, int]:
    """The worst of each job; of more than 20,000 open alerts, the oldest."""
    alerts = Alert.objects.filter(closed_at=None, kind__in=TROUBLE, job__isnull=False).order_by(
        "opened_at", "id"
    )
    worst: dict[uuid.UUID, int] = {}
    for job, kind in alerts.values_list("job_id", "kind")[:MOST]:
        worst[job] = min(worst.get(job, Health.ARCHIVED.value), TROUBLE[AlertKind(kind)].value)
    return worst


def _troubled() -> list[tuple[uuid.UUID, int]]:
    return list(JobHealth.objects.filter(trouble__gt=0).values_list("job_id", "trouble"))


def _set(trouble: int, jobs: list[uuid.UUID]) -> int:
    chunks = (jobs[start : start + AT_ONCE] for start in range(0, len(jobs), AT_ONCE))
    return sum(
        JobHealth.objects.filter(pk__in=sorted(chunk)).update(trouble=trouble) for chunk in chunks
    )
