"""Shrinking: of a plan that fails, as little as still makes it fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.plan import Plan

Fails = Callable[[Plan], bool]
MOST_TRIES = 150


class Shrinking:
    """Leaves out halves of the faults, then quarters, then single ones; then jobs; then hosts.

    Bounded in tries.
    """

    def __init__(self, plan: Plan, fails: Fails) -> None:
        self.plan, self.fails = plan, fails
        self.tries = 0

    def shrunk(self) -> Plan:
        size = max(1, len(self.plan.faults) // 2)
        while size:
            size = size if self._took(_without_faults(self.plan, size)) else size // 2
        while self._took(_without_a_job(self.plan)):
            pass
        while self._took(_without_a_host(self.plan)):
            pass
        return self.plan

    def _took(self, smaller: Iterator[Plan]) -> bool:
        """Go on with the first of these that fails, too."""
        for plan in smaller:
            self.tries += 1
            if self.tries > MOST_TRIES:
                return False
            if self.fails(plan):
                self.plan = plan
                return True
        return False


def _without_faults(plan: Plan, size: int) -> Iterator[Plan]:
    for start in range(0, len(plan.faults), size):
        yield replace(plan, faults=(*plan.faults[:start], *plan.faults[start + size :]))


def _without_a_job(plan: Plan) -> Iterator[Plan]:
    needed = {fault.target for fault in plan.faults}
    for job in plan.jobs:
        if job not in needed and len(plan.jobs) > 1:
            yield replace(plan, jobs=tuple(one for one in plan.jobs if one != job))


def _without_a_host(plan: Plan) -> Iterator[Plan]:
    needed = {fault.target for fault in plan.faults}
    if plan.schedulers > 1 and f"scheduler-{plan.schedulers}" not in needed:
        yield replace(plan, schedulers=plan.schedulers - 1)
    if plan.workers > 1 and f"worker-{plan.workers}" not in needed:
        yield replace(plan, workers=plan.workers - 1)
