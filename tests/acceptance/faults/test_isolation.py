"""Scenario 38: what a body leaves behind, in its process and beside it, reaches no other run and
outlives no run.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from jobs.execution.isolation.processes import parent_of
from tests.acceptance.faults.inside.dirt import DIRT
from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, soon
from tests.support.eventually import eventually

EACH = [[kind] for kind in sorted(DIRT)] + [
    ["daemon"],
    ["environment", "files", "memory", "threads", "daemon"],
]
REPLACED = {"files", "memory", "patch", "threads", "daemon"}
FOLLOWERS = 2


def test_38_what_a_body_leaves_behind_reaches_no_other_run(scenario: Scenario) -> None:
    with scenario.site(tuning={"child_memory_mb": 300}) as site:
        site.scheduler()
        site.worker("--concurrency=1")  # whatever follows, follows in the same place
        due, order = soon(5), scenario.dice.sample(EACH, len(EACH))
        site.create(_jobs(order, due.isoformat()))
        site.settle(len(order) * (1 + FOLLOWERS) + 2, seconds=90)
        scenario.exactly("succeeded", site.count("succeeded"), len(order) * (1 + FOLLOWERS))
        _assert_nothing_outlives_its_run(site)
        _assert_one_that_is_killed_leaves_nothing(scenario, site)
        [worker] = eventually(
            lambda: _worker_that_replaced(site, sum(bool(REPLACED & {*kinds}) for kinds in order))
        )
        scenario.figure("processes replaced", worker["children_replaced"])
        names = [job["name"] for job in _jobs(order, "")]
        scenario.check_invariants(site, {name: [due] for name in names}, triggered=1)


def _jobs(order: list[list[str]], schedule: str) -> list[dict[str, Any]]:
    """One dirty job after the other, each with clean ones behind it; at last two that go beyond
    their limits.
    """
    jobs: list[dict[str, Any]] = []
    for place, kinds in enumerate(order):
        priority = 100 - 10 * place
        name = "+".join(kinds)
        fields = {
            "task": "FaultDirty",
            "params": {"kinds": kinds},
            "fresh_process": kinds == ["patch"],
        }
        jobs += [{"name": name, "schedule": schedule, "priority": priority, **fields}]
        jobs += [
            {"name": f"after {name} {number}", "schedule": schedule, "priority": priority - 1}
            for number in range(FOLLOWERS)
        ]
    last = {"schedule": schedule, "priority": -1000}
    late = {
        "task": "FaultDirty",
        "params": {"kinds": ["daemon"], "seconds": 60},
        "timeout_seconds": 1,
    }
    greedy = {
        "task": "FaultGreedy",
        "params": {"megabytes": 600, "seconds": 60},
        "memory_limit_mb": 400,
    }
    return [*jobs, {"name": "late", **late, **last}, {"name": "greedy", **greedy, **last}]


def _assert_nothing_outlives_its_run(site: FaultSite) -> None:
    pids = [
        said["process"]
        for entry in site.journals.entries()
        for said in entry.said
        if said["event"] == "left"
    ]
    assert len(pids) == 4, (
        "one alone, one among others, and one of each run that was ended at a limit"
    )
    assert [run["state"] for run in site.runs("late")] == ["timed_out"]
    assert [(run["state"], run["reason"]) for run in site.runs("greedy")] == [
        ("failed", "memory limit: 400 MB")
    ]
    eventually(lambda: not [pid for pid in pids if parent_of(pid) is not None], seconds=5)


def _assert_one_that_is_killed_leaves_nothing(scenario: Scenario, site: FaultSite) -> None:
    """Its pool child cannot end anything any more."""
    params = {"kinds": ["daemon"], "seconds": 2}
    site.create([{"name": "killed", "task": "FaultDirty", "schedule": "@manual", "params": params}])
    site.manage("job", "run", "killed")
    [entry] = eventually(
        lambda: [one for one in site.journals.entries("killed") if one.said], seconds=20
    )
    os.kill(entry.pid, signal.SIGKILL)
    eventually(lambda: parent_of(entry.said[0]["process"]) is None, seconds=5)
    eventually(lambda: site.runs("killed", state="succeeded"), seconds=20)


def _worker_that_replaced(site: FaultSite, number: int) -> list[dict[str, Any]]:
    return site.query("SELECT * FROM beatwright_worker WHERE children_replaced >= %s", number)
