"""Scenario 11: the database stops, or is locked, in the middle of everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.acceptance.faults.chaos import lock_sqlite
from tests.acceptance.faults.plan import SQLITE
from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, soon
from tests.support.eventually import eventually
from tests.support.postgres import PostgresServer

AWAY_SECONDS = 5


def test_11_a_database_away_for_five_seconds_loses_no_run_and_no_result(scenario: Scenario) -> None:
    with _site(scenario) as (site, away):
        site.worker("--concurrency=4")
        site.scheduler()
        due = soon(6)
        names = [f"job-{number}" for number in range(50)]
        site.create(
            {"name": name, "schedule": due.isoformat(), "params": {"seconds": 0.3}}
            for name in names
        )
        eventually(lambda: len(site.journals.entries()) >= 4, seconds=30, every=0.02)
        time.sleep(scenario.dice.uniform(0, 2))
        away()
        site.settle(50, seconds=60)
        returned = [entry for entry in site.journals.entries() if entry.how == "returned"]
        stored = [row for row in site.attempts() if row["status"] == "SUCCESS"]
        scenario.exactly("bodies that returned", len(returned), 50)
        scenario.exactly("results stored", len(stored), 50)
        scenario.check(site, {name: [due] for name in names})


@contextmanager
def _site(scenario: Scenario) -> Iterator[tuple[FaultSite, Callable[[], None]]]:
    """A site and what takes its database away for a while."""
    if scenario.database == SQLITE:
        with scenario.site() as site:
            yield site, lambda: lock_sqlite(site, AWAY_SECONDS)
        return
    server = PostgresServer()
    try:
        with scenario.site(postgres=server) as site:
            yield site, lambda: _stop(server)
    finally:
        server.close()


def _stop(server: PostgresServer) -> None:
    server.stop()
    time.sleep(AWAY_SECONDS)
    server.start()
