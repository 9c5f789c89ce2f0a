"""Shrinking leaves what makes a plan fail, and nothing else."""

from __future__ import annotations

from tests.simulation.plan import Plan, draw
from tests.simulation.shrinking import MOST_TRIES, Shrinking


def test_only_the_faults_that_matter_are_left() -> None:
    plan = next(plan for plan in map(draw, range(100)) if len(plan.faults) > 15)
    needed = {plan.faults[2], plan.faults[11]}
    shrunk = Shrinking(plan, lambda smaller: needed <= set(smaller.faults)).shrunk()
    assert set(shrunk.faults) == needed


def test_jobs_and_hosts_go_as_well() -> None:
    plan = next(
        plan for plan in map(draw, range(100)) if plan.schedulers > 1 and len(plan.jobs) > 4
    )
    shrunk = Shrinking(
        plan, lambda smaller: "long" in smaller.jobs or "single" in smaller.jobs
    ).shrunk()
    assert (len(shrunk.jobs), shrunk.schedulers, shrunk.workers, shrunk.faults) == (1, 1, 1, ())


def test_a_plan_of_which_all_matters_stays_as_it_is() -> None:
    plan = draw(9)
    assert Shrinking(plan, lambda smaller: smaller == plan).shrunk() == plan


def test_the_tries_are_bounded() -> None:
    tried: list[Plan] = []

    def fails(plan: Plan) -> bool:
        tried.append(plan)
        return len(tried) % 2 == 0

    Shrinking(draw(3), fails).shrunk()
    assert len(tried) <= MOST_TRIES
