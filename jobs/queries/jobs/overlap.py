"""What a run asked for now would find: an earlier one of its job that is not finished, and what
follows from that.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from jobs.dispatch.overlap import occupancy_of
from jobs.models import Job, OverlapPolicy, Run


class Fate(enum.Enum):
    """What becomes of the new run."""

    SKIPPED = enum.auto()
    WAITS = enum.auto()
    REPLACES = enum.auto()


@dataclass(frozen=True)
class InTheWay:
    """``run`` is not finished; ``may_wait``: the new run can be queued behind it instead of being
    skipped.
    """

    run: Run
    fate: Fate
    may_wait: bool


def in_the_way(job: Job) -> InTheWay | None:
    """Two queries; none of a job whose runs may overlap."""
    if job.overlap_policy == OverlapPolicy.ALLOW:
        return None
    occupancy = occupancy_of(job.pk)
    run = occupancy.active[0] if occupancy.active else occupancy.waiting
    if run is None:
        return None
    if job.overlap_policy == OverlapPolicy.CANCEL_RUNNING:
        return InTheWay(run, Fate.REPLACES, may_wait=False)
    if occupancy.waiting:
        return InTheWay(occupancy.waiting, Fate.SKIPPED, may_wait=False)
    waits = job.overlap_policy == OverlapPolicy.QUEUE
    return InTheWay(run, Fate.WAITS if waits else Fate.SKIPPED, may_wait=not waits)
