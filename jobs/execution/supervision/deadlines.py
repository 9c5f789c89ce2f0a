"""Ends runs at their time limits, also while the broker is away and Celery's event loop stands
still.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from jobs import conf
from jobs.execution.isolation.processes import is_our_child
from jobs.execution.outcome import outcomes
from jobs.execution.supervision.in_flight import Work, at_work, take_away


class Deadlines:
    """At the limit the body is told (SoftTimeLimitExceeded); ``timeout_kill_seconds`` later its
    group is killed.

    A body can swallow the one, and what it forked outlives Celery's own limit; nothing outlives the
    other.
    """

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.told: set[str] = set()

    def run_once(self) -> dict[str, int]:
        now = time.monotonic()
        late = [
            (work, limit)
            for work in at_work()
            if (limit := work.limit) and now - work.since >= limit
        ]
        self.told &= {work.task_id for work, _ in late}
        grace = conf.get().timeout_kill_seconds
        killed = sum(
            self._kill(work, limit) for work, limit in late if now - work.since >= limit + grace
        )
        for work, _ in late:
            self._tell(work)
        return {"runs killed at their limit": killed}

    def _kill(self, work: Work, limit: float) -> bool:
        return take_away(self.pool, work, outcomes.overdue(limit))

    def _tell(self, work: Work) -> None:
        if work.task_id in self.told or work.pid is None or not is_our_child(work.pid):
            return
        self.told.add(work.task_id)
        os.kill(work.pid, signal.SIGUSR1)
