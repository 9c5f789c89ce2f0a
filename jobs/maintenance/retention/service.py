"""Retention: what is old enough is deleted, in small batches, so that planning and finishing never
wait for it.

Every transaction deletes one batch and locks no JobState. ``last_scheduled_for`` stays with the
job, so that a pruned occurrence is not opened again. Results of plain Celery tasks, which belong to
no run, are left alone.
"""

from __future__ import annotations

from datetime import datetime

from jobs.maintenance.retention.jobs import JobSweep
from jobs.maintenance.retention.rest import delete_the_rest
from jobs.maintenance.retention.runs import RunSweep

KINDS = (
    "runs", "attempts", "logs", "jobs", "alerts", "workers", "backfills", "bulk", "rollups",
    "audit", "versions",
    "keys", "notices",
)  # fmt: skip


class Retention:
    """Where it stands is remembered from call to call, and begins again with each leader."""

    def __init__(self) -> None:
        self.runs = RunSweep()
        self.jobs = JobSweep()

    def run_once(self, *, now: datetime) -> dict[str, int]:
        """Returns how many of each kind were deleted.

        Archived jobs are counted too, when they are archived.

        At most 20 batches of ``retention_batch`` runs, or one second, for each of its two sweeps.
        """
        counts = self.runs.run_once(now) + self.jobs.run_once(now) + delete_the_rest(now)
        return {kind: counts[kind] for kind in KINDS}
