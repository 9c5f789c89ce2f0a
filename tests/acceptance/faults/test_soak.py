"""Scenario 25: everything at once, for a while."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.faults.chaos import Chaos
from tests.acceptance.faults.plan import SQLITE
from tests.acceptance.faults.scenario import Scenario
from tests.acceptance.faults.site import FaultSite, every, soon
from tests.support.postgres import PostgresServer

SECONDS = 90
QUIET_SECONDS = 5
EXCLUSIVE = ("skip", "queue", "cancel_running")
POOLS = {"narrow": 2}
# A run may lose its worker many times here without being poison.
TUNING = {"losses_allowed": 50, "worker_losses_allowed": 50, "lease_losses_allowed": 50}


@pytest.mark.only_in_all(
    reason="takes two minutes by itself; the other scenarios do each of its faults alone"
)
def test_25_under_a_random_mix_of_faults_every_promise_holds(scenario: Scenario) -> None:
    with _site(scenario) as (site, server):
        for pool, slots in POOLS.items():
            site.create_pool(pool, slots)
        chaos = Chaos(site, scenario.dice, server)
        start = soon(8)
        end = start + timedelta(seconds=SECONDS - QUIET_SECONDS)
        jobs = list(_jobs())
        often = {
            "schedule": "*/2 * * * * *",
            "starts_at": start,
            "ends_at": end,
            "misfire_policy": "all",
        }
        site.create({**job, **often} for job in jobs)
        time.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds()))
        while datetime.now(UTC) < end:
            time.sleep(scenario.dice.uniform(1, 5))
            chaos.strike()
        scenario.figure("faults", chaos.done.total())
        scenario.exactly("processes that ended by themselves", chaos.died_by_themselves(), 0)
        moments = every(2, start, end)
        site.settle(len(jobs) * len(moments), seconds=60)
        scenario.figure("runs", site.count())
        scenario.figure("attempts", len(site.attempts()))
        scenario.figure("attempts lost", sum(run["losses"] for run in site.runs()))
        scenario.check(
            site, {str(job["name"]): moments for job in jobs}, exclusive=EXCLUSIVE, pools=POOLS
        )


def _jobs() -> Iterator[dict[str, Any]]:
    """Quick ones, ones that must not overlap, ones that share slots, and ones that fail at first;
    every two seconds.
    """
    for number in range(6):
        yield {"name": f"quick-{number}", "params": {"seconds": 0.1}}
    for policy in EXCLUSIVE:
        yield {"name": policy, "overlap_policy": policy, "params": {"seconds": 0.5}}
    for number in range(4):
        yield {"name": f"narrow-{number}", "pool": "narrow", "params": {"seconds": 0.3}}
    for number in range(2):
        params = {"seconds": 0.1, "failures": number + 1}
        yield {
            "name": f"storm-{number}",
            "task": "FaultStorm",
            "params": params,
            "retry_backoff_seconds": 1,
        }


@contextmanager
def _site(scenario: Scenario) -> Iterator[tuple[FaultSite, PostgresServer | None]]:
    """A site, and its database server where there is one to stop."""
    server = None if scenario.database == SQLITE else PostgresServer()
    try:
        with scenario.site(postgres=server, tuning=TUNING) as site:
            yield site, server
    finally:
        if server:
            server.close()
