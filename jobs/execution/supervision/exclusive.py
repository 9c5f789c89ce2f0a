"""Stops runs that must not overlap another before their lease can have run out elsewhere."""

from __future__ import annotations

import time
from typing import Any

from jobs import conf
from jobs.execution.supervision.in_flight import STOPPED, at_work, take_away
from jobs.execution.supervision.leases import Leases


class ExclusiveStop:
    """Without a renewal somebody else may soon start the job again.

    Runs of jobs that allow overlap go on.
    """

    def __init__(self, pool: Any, leases: Leases) -> None:
        self.pool, self.leases = pool, leases

    def run_once(self) -> dict[str, int]:
        now = time.monotonic()
        exclusive = [work for work in at_work() if work.is_exclusive]
        unsure = [
            work
            for work in exclusive
            if is_unsure(work.since, self.leases.proven_at(work.task_id), now=now)
        ]
        return {
            "exclusive runs stopped": sum(take_away(self.pool, work, STOPPED) for work in unsure)
        }


def is_unsure(since: float, proven_at: float, *, now: float) -> bool:
    """Whether an exclusive body, begun at ``since``, may soon have another beside it: all moments
    are monotonic.
    """
    bound = now - conf.get().exclusive_patience_seconds
    return since <= bound and proven_at <= bound
