"""Records runs whose pool child is gone, also while the broker is away and Celery's event loop
stands still.
"""

from __future__ import annotations

from jobs.execution.isolation.processes import kill_orphans, parent_of
from jobs.execution.outcome.settle import outcome_writer
from jobs.execution.supervision.in_flight import Work, at_work, expect_stopped
from jobs.lifecycle.expiry import lost
from jobs.models import Loss

LOST = lost("its pool child died", Loss.CHILD)


class DeadChildren:
    """At the second look that finds it gone a run counts as lost: mostly Celery has noticed by
    then, and knows more.
    """

    def __init__(self) -> None:
        self.suspected: set[str] = set()
        self.recorded: set[str] = set()

    def run_once(self) -> dict[str, int]:
        dead = {
            work.task_id: work for work in at_work() if work.pid and parent_of(work.pid) is None
        }
        certain = (dead.keys() & self.suspected) - self.recorded
        for task_id in certain:
            self._record(dead[task_id])
        self.recorded = (self.recorded | certain) & dead.keys()
        self.suspected = set(dead)
        return {"runs lost with their pool child": len(certain)}

    def _record(self, work: Work) -> None:
        kill_orphans(work.pid)
        expect_stopped(work.pid, work.message)
        outcome_writer.hand(work.message, LOST)
