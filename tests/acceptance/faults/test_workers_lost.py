"""Scenarios 4–6 and 16: workers, pool children and jobs that die or seem dead."""

from __future__ import annotations

import os
import signal
import time

from tests.acceptance.faults.journal import Entry
from tests.acceptance.faults.scenario import Scenario, seconds_between
from tests.acceptance.faults.site import FaultSite, soon
from tests.support.eventually import eventually


def test_04_killing_the_whole_worker_three_times_recovers_every_run(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.scheduler()
        worker = site.worker("--concurrency=4")
        due = soon(5)
        names = [f"job-{number}" for number in range(40)]
        site.create(
            {"name": name, "schedule": due.isoformat(), "params": {"seconds": 1.0}}
            for name in names
        )
        recovered = []
        for _ in range(3):
            eventually(lambda: len(site.journals.running()) >= 3, seconds=30)
            time.sleep(scenario.dice.uniform(0, 0.8))
            worker.kill_all()
            killed = time.time()
            victims = site.journals.running()
            worker = site.worker("--concurrency=4", wait=False)
            recovered.append(_recovered_after(site, victims, killed))
        site.settle(40, seconds=60)
        bar = site.tuning["lease_seconds"] + site.tuning["lease_grace_seconds"] + 2
        scenario.figure("recovered in", max(recovered), at_most=bar, unit="s")
        scenario.figure("attempts lost", sum(run["losses"] for run in site.runs()))
        scenario.check(site, {name: [due] for name in names})


def _recovered_after(site: FaultSite, victims: list[Entry], killed: float) -> float:
    """How long until all runs that were running when their worker was killed had left that
    state.
    """
    runs = {entry.run for entry in victims}

    def left() -> list[float]:
        moved = {str(move["run"]): move["at"] for move in site.moves() if move["was"] == "running"}
        assert runs <= moved.keys(), (
            f"{len(runs - moved.keys())} of {len(runs)} runs still count as running"
        )
        return [seconds_between(killed, moved[run]) for run in runs]

    return max(eventually(left, seconds=30))


def test_05_killing_one_pool_child_costs_one_attempt_of_one_run(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=4")
        site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(12)]
        site.create(
            {"name": name, "schedule": due.isoformat(), "params": {"seconds": 1.5}}
            for name in names
        )
        eventually(lambda: len(site.journals.running()) >= 4, seconds=30)
        time.sleep(scenario.dice.uniform(0, 0.5))
        victim = scenario.dice.choice(site.journals.running())
        scenario.figure("recorded lost after", _lost_after_kill(site, victim), at_most=3, unit="s")
        site.settle(12, seconds=60)
        later = soon(5)
        site.create([{"name": "cut off", "schedule": later.isoformat(), "params": {"seconds": 8}}])
        (cut_off,) = eventually(lambda: site.journals.entries("cut off"), seconds=30)
        site.redis.kill9()
        time.sleep(1)  # the worker's event loop now waits for its broker
        scenario.figure("without Redis after", _lost_after_kill(site, cut_off), at_most=3, unit="s")
        site.redis.start()
        site.settle(13, seconds=60)
        attempts = {str(run["id"]): run["attempt"] for run in site.runs()}
        scenario.exactly(
            "attempts of the victims", attempts.pop(victim.run) + attempts.pop(cut_off.run), 4
        )
        scenario.exactly("attempts of 11 others", sum(attempts.values()), 11)
        scenario.check(site, {name: [due] for name in names} | {"cut off": [later]})


def _lost_after_kill(site: FaultSite, victim: Entry) -> float:
    """Kill the pool child of this attempt; how long until its run no longer counts as running."""
    os.kill(victim.pid, signal.SIGKILL)
    killed = time.time()

    def lost() -> list[float]:
        moves = [move for move in site.moves() if str(move["run"]) == victim.run]
        return [seconds_between(killed, move["at"]) for move in moves if move["was"] == "running"]

    return eventually(lost, seconds=20)[0]


def test_06_a_job_that_kills_its_own_process_is_started_three_times_and_no_more(
    scenario: Scenario,
) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=2")
        site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(20)]
        poison = {"name": "poison", "task": "FaultKillSelf", "schedule": due.isoformat()}
        jobs = [
            {"name": name, "schedule": due.isoformat(), "params": {"seconds": 0.2}}
            for name in names
        ]
        site.create([*jobs, poison])
        site.settle(21, seconds=60)
        scenario.exactly("starts", len(site.journals.entries("poison")), 3)
        (run,) = site.runs("poison")
        scenario.exactly(
            "dead letters", int(run["state"] == "failed" and run["resolved_at"] is None), 1
        )
        scenario.exactly("others done", site.count("succeeded"), 20)
        eventually(lambda: site.query("SELECT 1 FROM beatwright_alert"), seconds=10)
        time.sleep(2 * site.tuning["alert_seconds"])
        scenario.exactly("alert rows", len(site.query("SELECT * FROM beatwright_alert")), 1)
        scenario.check_invariants(site, {name: [due] for name in [*names, "poison"]})


def test_16_a_job_that_holds_the_interpreters_lock_keeps_its_lease(scenario: Scenario) -> None:
    with scenario.site() as site:
        held = 3 * site.tuning["lease_seconds"]
        site.worker("--concurrency=2")
        site.scheduler()
        due = soon(5)
        site.create(
            [
                {
                    "name": "hog",
                    "task": "FaultHoldGil",
                    "schedule": due.isoformat(),
                    "params": {"seconds": held},
                }
            ]
        )
        site.settle(1, seconds=held + 30)
        scenario.exactly("attempts", len(site.attempts()), 1)
        (entry,) = site.journals.entries()
        scenario.figure("held for", (entry.ended or 0) - entry.started, unit="s")
        scenario.check(site, {"hog": [due]})
