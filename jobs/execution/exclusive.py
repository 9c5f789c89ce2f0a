"""Stops runs that must not overlap another before their lease can have run out elsewhere."""

from __future__ import annotations

import time
from typing import Any

from jobs import conf
from jobs.execution.hands import STOPPED, at_work, take_away
from jobs.execution.leases import Leases


class ExclusiveStop:
    """Without a renewal somebody else may soon start the job again. Runs of jobs that allow overlap go on."""

    def __init__(self, pool: Any, leases: Leases) -> None:
        self.pool, self.leases = pool, leases

    def run_once(self) -> dict[str, int]:
        bound = time.monotonic() - conf.get().exclusive_patience_seconds
        exclusive = [work for work in at_work() if work.is_exclusive and work.since <= bound]
        unsure = [work for work in exclusive if self.leases.proven_at(work.task_id) <= bound]
        return {"exclusive runs stopped": sum(take_away(self.pool, work, STOPPED) for work in unsure)}
