"""Which rows of django-celery-beat cannot be sent, or are sent in vain?"""

from __future__ import annotations

from collections.abc import Iterator

from jobs.dispatch.clock import database_now
from jobs.queries.health.finding import HealthFinding
from jobs.queries.site.plain_rows import odd_rows

MOST = 20
REMEDY = "fix or disable the row in the console under Periodic tasks"


def periodic_tasks(host: str) -> Iterator[HealthFinding]:
    """The first of them, one finding each."""
    odd = odd_rows(now=database_now())
    for row in odd[:MOST]:
        yield HealthFinding(f"periodic task {row.name}", False, row.problem, REMEDY)
    if not odd:
        yield HealthFinding("periodic_tasks", True, "all enabled tasks can be sent")
