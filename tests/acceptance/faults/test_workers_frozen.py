"""Scenarios 12, 13 and 23: workers that are frozen or cut off, and bodies that do not want to end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable

import psutil

from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import soon
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer
from tests.support.processes import Process


def test_12_a_database_away_for_longer_than_the_lease_condemns_no_live_worker(
    scenario: Scenario, postgres_server: PostgresServer
) -> None:
    with scenario.site(postgres=postgres_server) as site:
        away = site.tuning["lease_seconds"] + site.tuning["lease_grace_seconds"] + 3
        site.worker("--concurrency=4")
        site.scheduler()
        site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(4)]
        site.create({"name": n, "schedule": due.isoformat(), "params": {"seconds": away + 5}} for n in names)
        eventually(lambda: len(site.journals.running()) == 4, seconds=30)
        time.sleep(scenario.dice.uniform(0, 1.0))
        postgres_server.stop()
        time.sleep(away)
        postgres_server.start()
        site.settle(4, seconds=60)
        scenario.figure("away for", away, unit="s")
        scenario.exactly("attempts condemned", sum(run["losses"] for run in site.runs()), 0)
        scenario.exactly("attempts", len(site.attempts()), 4)
        scenario.check(site, {name: [due] for name in names})


def test_13_a_worker_frozen_past_its_lease_overwrites_nothing_when_it_wakes(scenario: Scenario) -> None:
    with scenario.site() as site:
        frozen = site.worker("--concurrency=1")
        site.scheduler()
        due = soon(5)
        site.create([{"name": "slow", "schedule": due.isoformat(), "params": {"seconds": 4.0}}])
        eventually(site.journals.running, seconds=30)
        time.sleep(scenario.dice.uniform(0, 0.5))
        _send_all(frozen, signal.SIGSTOP)
        site.worker("--concurrency=1")
        eventually(lambda: len(site.journals.entries()) == 2, seconds=30)
        _send_all(frozen, signal.SIGCONT)
        site.settle(1, seconds=30)
        eventually(lambda: _marked_late(site.attempts()), seconds=10)
        scenario.exactly("attempts", len(site.attempts()), 2)
        scenario.exactly("results", sum(row["status"] == "SUCCESS" for row in site.attempts()), 1)
        scenario.exactly("marked late", _marked_late(site.attempts()), 1)
        scenario.check(site, {"slow": [due]})


def _send_all(process: Process, number: signal.Signals) -> None:
    """To the main process and to all it ever started."""
    for pid in process.members():
        os.kill(pid, number)


def _marked_late(attempts: Iterable[dict[str, object]]) -> int:
    return sum("late_finished_at" in str(attempt["meta"]) for attempt in attempts)


def test_23_the_time_limit_ends_the_whole_process_group(scenario: Scenario) -> None:
    limit = 2
    with scenario.site() as site:
        site.worker("--concurrency=2")
        site.scheduler()
        due = soon(5)
        stubborn = {"name": "stubborn", "task": "FaultStubborn", "params": {"seconds": 60}}
        site.create([stubborn | {"schedule": due.isoformat(), "timeout_seconds": limit, "max_retries": 0}])
        (entry, *_) = eventually(lambda: [one for one in site.journals.running() if one.said], seconds=30)
        pids = entry.said[0]["pids"]
        eventually(lambda: not _living(pids), seconds=30)
        scenario.figure("group of 3 dead after", time.time() - entry.started, at_most=limit + 3, unit="s")
        site.settle(1, seconds=20)
        scenario.exactly("timed out", site.count("timed_out"), 1)
        scenario.check_invariants(site, {"stubborn": [due]})


def _living(pids: Iterable[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]
