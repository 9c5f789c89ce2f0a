"""Which modules with tasks cannot be imported here, and which task names are taken twice?"""

from __future__ import annotations

from collections.abc import Iterator

from jobs.params import registry
from jobs.queries.health.finding import HealthFinding

REMEDY = "fix it, then restart schedulers and workers"


def task_files(host: str) -> Iterator[HealthFinding]:
    """Those of this process, which imports what schedulers and workers import."""
    found = registry.odd_modules()
    for odd in found:
        yield HealthFinding(f"tasks in {odd.place}", False, odd.problem, REMEDY)
    if not found:
        yield HealthFinding("task_files", True, "all are imported")
