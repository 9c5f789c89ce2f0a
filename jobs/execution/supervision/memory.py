"""Ends runs that use more memory than they may, together with every process that they have
started.
"""

from __future__ import annotations

from typing import Any

from jobs import conf
from jobs.dispatch.messages.wire import told_by
from jobs.execution.isolation.processes import MEGABYTE, descendants_of, resident, share
from jobs.execution.outcome import outcomes
from jobs.execution.retries import retry_in
from jobs.execution.supervision.in_flight import Work, at_work, take_away


class MemoryLimits:
    """One look at every run that has a limit.

    What is in memory is quickly read, and counts a page that processes share once for each of them.
    Only where that is above the limit is it counted by shares, which takes a millisecond for each
    hundred megabytes.
    """

    def __init__(self, pool: Any) -> None:
        self.pool = pool

    def run_once(self) -> dict[str, int]:
        limited = [(work, work.pid, limit) for work in at_work() if (limit := limit_of(work))]
        over = [
            (work, limit) for work, pid, limit in limited if pid and is_above(limit * MEGABYTE, pid)
        ]
        return {
            "runs killed at their memory limit": sum(
                self._kill(work, limit) for work, limit in over
            )
        }

    def _kill(self, work: Work, limit: int) -> bool:
        return take_away(self.pool, work, outcomes.over_memory(limit, retry_in(work.request)))


def limit_of(work: Work) -> int:
    """In megabytes: the job's, or that of all; 0 where there is none."""
    own = told_by(work.request._context, "memory_limit")
    return own if isinstance(own, int) else conf.get().memory_limit_mb


def is_above(limit: int, pid: int) -> bool:
    """Whether the process and its descendants together use more than ``limit`` bytes."""
    family = (pid, *descendants_of(pid))
    return sum(map(resident, family)) > limit and sum(map(share, family)) > limit
