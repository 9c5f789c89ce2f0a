"""Skipping runs that did not start in time: no worker was free, or none was there."""

from __future__ import annotations

from datetime import datetime

from jobs.database.unlocked import unlocked
from jobs.models import Run, RunState

TOO_LATE = "missed: it had not started by its start deadline"


def skip_late_starts(*, now: datetime) -> dict[str, int]:
    """Returns {"not started in time": n}.

    Who claims such a run meanwhile is refused: the claim asks the same.
    """
    late = unlocked(Run.objects.beyond_start(now))
    skipped = late.move(RunState.SKIPPED, reason=TOO_LATE, other_run=None, finished_at=now)
    return {"not started in time": skipped}
