"""Scenarios 30 and 31: rows and tables that somebody else's transaction keeps locked, and workers
that are cut off.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from psycopg import connect

from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, every, soon
from tests.support.eventually import eventually

EVERYTHING = (
    "SELECT 1 FROM beatwright_job WHERE name = 'stuck' FOR UPDATE",
    (
        "SELECT 1 FROM beatwright_jobstate WHERE job_id = (SELECT id FROM beatwright_job WHERE "
        "name = 'slow') FOR UPDATE"
    ),
    "SELECT 1 FROM beatwright_run WHERE state = 'running' FOR UPDATE",
    "SELECT 1 FROM beatwright_worker FOR UPDATE",
    "SELECT 1 FROM beatwright_scheduler FOR UPDATE",
    "SELECT 1 FROM beatwright_queue FOR UPDATE",
    "SELECT 1 FROM beatwright_pool FOR UPDATE",
)


def test_30_an_operators_lock_and_three_power_cuts_make_no_dead_letter(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=3")
        site.scheduler()
        due, seconds = soon(5), 14.0
        jobs = {"alone": "skip", "other": "skip", "beside": "allow"}
        site.create(
            {
                "name": name,
                "schedule": due.isoformat(),
                "params": {"seconds": seconds},
                "overlap_policy": policy,
            }
            for name, policy in jobs.items()
        )
        eventually(lambda: len(site.journals.running()) == 3, seconds=30)
        time.sleep(scenario.dice.uniform(0, 0.5))
        run = site.journals.entries("alone")[0].run
        with holding(site, f"SELECT 1 FROM beatwright_run WHERE id = '{run}' FOR UPDATE"):
            time.sleep(site.tuning["lease_seconds"] + site.tuning["lease_grace_seconds"] + 3)
        site.settle(3, seconds=60)
        scenario.exactly("locked past the lease: attempts", len(site.attempts()), 3)
        scenario.exactly("losses", sum(run["losses"] for run in site.runs()), 0)
        scenario.check(site, {name: [due] for name in jobs}, exclusive=("alone", "other"))
    # Where the host is gone as well, nobody can see that the worker is: its lease runs out.
    with scenario.site(patches="without_predecessors") as site:
        site.scheduler()
        due, names = soon(5), ("long-1", "long-2")
        site.create(
            {"name": n, "schedule": due.isoformat(), "params": {"seconds": 4}} for n in names
        )
        for cut in range(1, 4):
            worker = site.worker("--concurrency=2")
            eventually(lambda cut=cut: len(site.journals.entries()) == 2 * cut, seconds=30)  # type: ignore[misc]
            time.sleep(scenario.dice.uniform(0, 1))
            worker.kill_all()
        site.worker("--concurrency=2")
        site.settle(2, seconds=60)
        eventually(lambda: _alerts(site, "cut_off") == 3, seconds=20)
        scenario.exactly("3 power cuts: dead letters", site.count("failed"), 0)
        scenario.exactly("incidents", _alerts(site, "cut_off"), 3)
        scenario.check(site, {name: [due] for name in names})


def _alerts(site: FaultSite, kind: str) -> int:
    return len(site.query("SELECT 1 AS one FROM beatwright_alert WHERE kind = %s", kind))


def test_31_a_lock_that_somebody_keeps_stops_nothing_else_and_is_named(scenario: Scenario) -> None:
    with scenario.site() as site:
        worker, scheduler = site.worker("--concurrency=4"), site.scheduler()
        start = soon(6)
        end = start + timedelta(seconds=40)
        often = {
            "schedule": "*/2 * * * * *",
            "starts_at": start,
            "ends_at": end,
            "misfire_policy": "all",
        }
        free = [f"job-{number}" for number in range(5)]
        slow = {"name": "slow", "schedule": start.isoformat(), "params": {"seconds": 20}}
        site.create([*({"name": name, **often} for name in (*free, "stuck")), slow])
        eventually(
            lambda: site.journals.entries("slow") and site.journals.entries("stuck"), seconds=40
        )
        time.sleep(scenario.dice.uniform(0, 1))
        locked = datetime.now(UTC)
        with holding(site, *EVERYTHING) as pid:
            time.sleep(13)
            until = datetime.now(UTC) - timedelta(seconds=4)
            due = [
                (name, moment)
                for name in free
                for moment in every(2, start, end)
                if locked < moment < until
            ]
            begun = {
                (run["job_name"], run["scheduled_for"]) for run in site.runs() if run["attempt"]
            }
            scenario.exactly("rows locked: others not begun", len(set(due) - begun), 0)
            doctor = site.manage("doctor", "--check", "locks", check=False)
            names = sum(f"pid {pid}" in text for text in (worker.log(), scheduler.log(), doctor))
            scenario.exactly("named by worker, scheduler and doctor", names, 3)
        with holding(site, "LOCK TABLE beatwright_run IN SHARE MODE"):
            time.sleep(8)
        free_again = time.time()
        moments = every(2, start, end)
        eventually(lambda: not _late(site), seconds=30)
        scenario.figure(
            "table locked: caught up after", time.time() - free_again, at_most=15, unit="s"
        )
        site.settle(6 * len(moments) + 1, seconds=60)
        assert all(process.is_running for process in (worker, scheduler))
        scenario.check(site, {**dict.fromkeys((*free, "stuck"), moments), "slow": [start]})


def _late(site: FaultSite) -> int:
    """How many jobs have an occurrence due that is not planned, or a run ready that has not begun,
    for 3 s.
    """
    old = datetime.now(UTC) - timedelta(seconds=3)
    (planned,) = site.query(
        "SELECT count(*) AS n FROM beatwright_jobstate WHERE next_run_at < %s", old
    )
    (ready,) = site.query(
        "SELECT count(*) AS n FROM beatwright_run WHERE state = 'queued' AND available_at < %s", old
    )
    return int(planned["n"]) + int(ready["n"])


@contextmanager
def holding(site: FaultSite, *statements: str) -> Iterator[int]:
    """An operator's session that has begun a transaction and gone to lunch; gives its pid."""
    with connect(site.env["DATABASE_URL"], application_name="psql") as session:
        for statement in statements:
            session.execute(statement.encode())
        yield session.info.backend_pid
        session.rollback()
