"""Scenarios 12, 13 and 23: workers that are frozen or cut off, and bodies that do not want to
end.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil

from tests.acceptance.faults.journal import Entry
from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, soon
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer


def test_12_a_database_away_for_longer_than_the_lease_condemns_no_live_worker(
    scenario: Scenario, postgres_server: PostgresServer
) -> None:
    # The sweep is back sooner than the workers' next renewal, which comes within the grace time all
    # the same.
    with scenario.site(
        postgres=postgres_server, tuning={"lease_renew_seconds": 2, "lease_grace_seconds": 3}
    ) as site:
        away = site.tuning["lease_seconds"] + site.tuning["lease_grace_seconds"] + 3
        site.worker("--concurrency=4")
        site.scheduler()
        site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(4)]
        site.create(
            {"name": n, "schedule": due.isoformat(), "params": {"seconds": away + 5}} for n in names
        )
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


def test_13_a_worker_frozen_past_its_lease_overwrites_nothing_when_it_wakes(
    scenario: Scenario,
) -> None:
    with scenario.site() as site:
        frozen = site.worker("--concurrency=3")
        site.scheduler()
        due = soon(5)
        jobs = {"slow": 4.0, "long": 25.0, "alone": 25.0}
        for name, seconds in jobs.items():
            policy = "skip" if name == "alone" else "allow"
            site.create(
                [
                    {
                        "name": name,
                        "schedule": due.isoformat(),
                        "params": {"seconds": seconds},
                        "overlap_policy": policy,
                    }
                ]
            )
        eventually(lambda: len(site.journals.running()) == 3, seconds=30)
        fenced, alone = (site.journals.entries(name)[0] for name in ("long", "alone"))
        time.sleep(scenario.dice.uniform(0, 0.5))
        with site.frozen(frozen.members()) as nap:
            site.worker("--concurrency=3")
            eventually(lambda: len(site.journals.entries()) == 6, seconds=30)
            # The short body is over when it wakes.
            time.sleep(max(0.0, fenced.started + jobs["slow"] - time.time()))
        eventually(lambda: not _living([alone.pid]), seconds=30)
        scenario.figure("exclusive one stopped after", time.time() - nap.until, at_most=2, unit="s")
        eventually(lambda: not _living([fenced.pid]), seconds=30)
        scenario.figure("fenced after", time.time() - nap.until, at_most=4, unit="s")
        site.settle(3, seconds=60)
        eventually(lambda: _marked_late(site.attempts()), seconds=10)
        scenario.exactly("attempts", len(site.attempts()), 6)
        scenario.exactly("results", sum(row["status"] == "SUCCESS" for row in site.attempts()), 3)
        scenario.exactly("marked late", _marked_late(site.attempts()), 1)
        scenario.check(site, {name: [due] for name in jobs}, exclusive=("alone",))


def _marked_late(attempts: Iterable[dict[str, object]]) -> int:
    return sum("late_finished_at" in str(attempt["meta"]) for attempt in attempts)


def test_23_the_time_limit_ends_the_whole_process_group(scenario: Scenario) -> None:
    limit = 2
    with scenario.site() as site:
        site.worker("--concurrency=2")
        site.scheduler()
        due = {name: soon(5 + 10 * number) for number, name in enumerate(("stubborn", "cut off"))}
        fields = {
            "task": "FaultStubborn",
            "params": {"seconds": 60},
            "timeout_seconds": limit,
            "max_retries": 0,
        }
        site.create(
            {"name": name, "schedule": moment.isoformat(), **fields} for name, moment in due.items()
        )
        entry = _begun(site, "stubborn")
        scenario.figure("group of 3 dead after", _dead_after(entry), at_most=limit + 3, unit="s")
        entry = _begun(site, "cut off")
        site.redis.kill9()  # the worker's event loop now waits for its broker
        scenario.figure("without Redis after", _dead_after(entry), at_most=limit + 3, unit="s")
        site.redis.start()
        site.settle(2, seconds=20)
        scenario.exactly("timed out", site.count("timed_out"), 2)
        scenario.check_invariants(site, {name: [moment] for name, moment in due.items()})


def _begun(site: FaultSite, job: str) -> Entry:
    """The job's attempt, once it has forked its grandchildren."""
    (entry,) = eventually(
        lambda: [one for one in site.journals.entries(job) if one.said], seconds=30
    )
    return entry


def _dead_after(entry: Entry) -> float:
    """How long after its start the last process of the attempt was gone."""
    eventually(lambda: not _living(entry.said[0]["pids"]), seconds=30)
    return time.time() - entry.started


def _living(pids: Iterable[int]) -> list[int]:
    return [
        pid
        for pid in pids
        if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]
