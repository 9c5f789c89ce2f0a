"""Scenarios 1–3 and 14: schedulers killed, crashed and frozen."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance.faults.scenario import Scenario, seconds_between
from tests.acceptance.faults.site import FaultSite, every, soon
from tests.support.eventually import eventually
from tests.support.processes import Process

SMALL_BATCHES = {"plan_batch": 50, "publish_batch": 50}


def test_01_killing_the_scheduler_in_a_burst_loses_nothing_and_runs_nothing_twice(
    scenario: Scenario,
) -> None:
    with scenario.site(tuning=SMALL_BATCHES) as site:
        site.worker("--concurrency=4")
        scheduler = site.scheduler()
        due = soon(6)
        names = [f"job-{number}" for number in range(500)]
        site.create({"name": name, "schedule": due.isoformat()} for name in names)
        for _ in range(5):
            eventually(site.count, seconds=20, every=0.01)
            time.sleep(scenario.dice.uniform(0, 0.3))
            scheduler.kill9()
            scheduler = site.scheduler()
        site.settle(500, seconds=40)
        last = max(run["finished_at"] for run in site.runs())
        scenario.figure("all done in", seconds_between(due, last), at_most=30, unit="s")
        scenario.check(site, {name: [due] for name in names})


def test_02_three_schedulers_killed_at_random_plan_each_occurrence_once(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=4")
        schedulers = [site.scheduler() for _ in range(3)]
        start = soon(5)
        end = start + timedelta(seconds=30)
        names = [f"job-{number}" for number in range(100)]
        site.create(
            {"name": name, "schedule": "*/2 * * * * *", "starts_at": start, "ends_at": end}
            for name in names
        )
        while datetime.now(UTC) < end - timedelta(seconds=3):
            time.sleep(scenario.dice.uniform(1, 3))
            victim = scenario.dice.randrange(3)
            schedulers[victim].kill9()
            schedulers[victim] = site.scheduler()
        moments = every(2, start, end)
        site.settle(100 * len(moments), seconds=60)
        scenario.figure("rows", site.count())
        scenario.figure("longest gap", _longest_gap(site), at_most=3, unit="s")
        scenario.check(site, dict.fromkeys(names, moments))


def _longest_gap(site: FaultSite) -> float:
    """The longest time between two moments at which anybody planned anything."""
    planned = sorted({run["created_at"] for run in site.runs()})
    return max(seconds_between(earlier, later) for earlier, later in itertools.pairwise(planned))


def test_03_a_crash_at_each_step_between_plan_and_message_loses_nothing(scenario: Scenario) -> None:
    points = ["crash_after_plan", "crash_after_mark", "crash_after_send"]
    with scenario.site(patches=" ".join(points)) as site:
        site.worker()
        expected: dict[str, list[datetime]] = {}
        for point in points:
            scheduler = site.scheduler(env=site.patched(""))
            due = soon(5)
            names = [f"{point}-{number}" for number in range(10)]
            site.create({"name": name, "schedule": due.isoformat()} for name in names)
            expected |= {name: [due] for name in names}
            scenario.exactly(f"{point.replace('_', ' ')}: exit", scheduler.wait(seconds=20), 70)
        site.scheduler()
        site.settle(30, seconds=30)
        scenario.check(site, expected)


def test_14_a_scheduler_frozen_inside_its_transaction_does_not_stop_the_others(
    scenario: Scenario,
) -> None:
    idle = 3
    with scenario.site(tuning={"idle_transaction_seconds": idle}) as site:
        site.worker()
        frozen = site.scheduler(env=site.patched("stop_in_plan"))
        due = soon(5)
        names = [f"job-{number}" for number in range(100)]
        site.create({"name": name, "schedule": due.isoformat()} for name in names)
        stopped = eventually(lambda: _stopped_at(frozen), seconds=20, every=0.02)
        site.scheduler()
        # How long the other takes to start is this machine's affair.
        both = max(stopped, time.time())
        site.settle(100, seconds=30)
        planned = min(run["created_at"] for run in site.runs())
        scenario.figure(
            "the other planned after", seconds_between(both, planned), at_most=idle + 2, unit="s"
        )
        frozen.resume()
        eventually(lambda: frozen.log().count("the database is away"), seconds=20)
        scenario.check(site, {name: [due] for name in names})


def _stopped_at(process: Process) -> float:
    """When the process was seen stopped, or 0."""
    state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    return time.time() if state == "T" else 0
