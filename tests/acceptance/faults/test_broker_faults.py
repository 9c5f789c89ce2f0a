"""Scenarios 7–10, 15 and 33: Redis killed, emptied, away, full; messages lost and multiplied."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.acceptance.faults.scenario import Scenario, seconds_between
from tests.acceptance.faults.site import FaultSite, every, soon
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.redis import RedisServer


def test_07_killing_redis_without_persistence_loses_no_queued_run(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=2")
        site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(200)]
        site.create(
            {"name": name, "schedule": due.isoformat(), "params": {"seconds": 0.05}}
            for name in names
        )
        eventually(lambda: len(site.journals.entries()) >= 5, seconds=30, every=0.01)
        time.sleep(scenario.dice.uniform(0, 0.5))
        queued = site.count("queued")
        site.redis.kill9()
        time.sleep(1)
        site.redis.start()
        back = time.time()
        site.settle(200, seconds=60)
        last = max(run["finished_at"] for run in site.runs())
        scenario.figure("queued at the kill", queued)
        scenario.figure("done after", seconds_between(back, last), at_most=20, unit="s")
        scenario.check(site, {name: [due] for name in names})


def test_08_messages_that_vanish_from_redis_are_sent_again(scenario: Scenario) -> None:
    with scenario.site() as site:
        scheduler = site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(60)]
        site.create(
            {"name": name, "schedule": due.isoformat(), "params": {"seconds": 0.1}}
            for name in names
        )
        eventually(lambda: len(site.messages()) == 60, seconds=30)
        site.redis.flush()
        # Nobody fetches: what is in Redis again can only have been sent again.
        eventually(lambda: len(site.messages()) == 60, seconds=20)
        site.worker("--concurrency=2")
        eventually(lambda: len(site.journals.entries()) >= 3, seconds=20, every=0.01)
        with site.redis.client() as client:
            for _ in range(20):
                client.delete("unacked", "unacked_index")
                time.sleep(scenario.dice.uniform(0, 0.1))
        site.settle(60, seconds=40)
        assert scheduler.is_running
        scenario.check(site, {name: [due] for name in names})
    with _evicting(scenario) as site:
        said = site.scheduler(), site.worker(wait=False)
        scenario.exactly("refused or warned", sum(_objects(process) for process in said), 2)


@contextmanager
def _evicting(scenario: Scenario) -> Iterator[FaultSite]:
    """A site on a Redis that may throw messages away when its memory runs out."""
    with scenario.site() as site:
        server = RedisServer(
            site.folder / "evicting", arguments=("--maxmemory-policy", "allkeys-lru")
        ).start()
        site.env["CELERY_BROKER_URL"] = server.url
        try:
            yield site
        finally:
            server.stop()


def _objects(process: Process) -> bool:
    """Whether a process refuses to work with that Redis, or says what is wrong with it."""

    def objected() -> bool:
        return "noeviction" in process.log()

    try:
        return eventually(objected, seconds=15)
    except AssertionError:
        return False


def test_09_while_redis_is_down_every_occurrence_gets_its_row(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=4")
        site.scheduler()
        start = soon(6)
        end = start + timedelta(seconds=38)
        names = [f"job-{number}" for number in range(10)]
        site.create(
            {"name": n, "schedule": "*/2 * * * * *", "starts_at": start, "ends_at": end}
            for n in names
        )
        _sleep_until(start + timedelta(seconds=scenario.dice.uniform(2, 4)))
        site.redis.kill9()
        down = datetime.now(UTC)
        time.sleep(30)
        rows = {(run["job_name"], run["scheduled_for"]) for run in site.runs()}
        due = [
            moment
            for moment in every(2, start, end)
            if moment < datetime.now(UTC) - timedelta(seconds=2)
        ]
        scenario.exactly(
            "rows missing while down", len({(n, m) for n in names for m in due} - rows), 0
        )
        site.redis.start()
        back = time.time()
        eventually(lambda: not _waiting_since(site, down), seconds=30)
        scenario.figure("caught up after", time.time() - back, at_most=10, unit="s")
        moments = every(2, start, end)
        site.settle(10 * len(moments), seconds=30)
        scenario.check(site, dict.fromkeys(names, moments))


def _waiting_since(site: FaultSite, moment: datetime) -> int:
    """How many runs that were due while Redis was down, or before, are not over."""
    late = [run for run in site.runs() if run["state"] in {"queued", "running"}]
    return sum(run["scheduled_for"] <= moment + timedelta(seconds=30) for run in late)


def _sleep_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def test_10_a_full_redis_delays_runs_and_loses_none(scenario: Scenario) -> None:
    with scenario.site() as site:
        site.worker("--concurrency=2")
        site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(50)]
        site.create({"name": name, "schedule": due.isoformat()} for name in names)
        _sleep_until(due - timedelta(seconds=scenario.dice.uniform(0.2, 1)))
        with site.redis.client() as client:
            client.config_set("maxmemory", 1)
            time.sleep(10)
            scenario.exactly("runs begun while full", len(site.journals.entries()), 0)
            client.config_set("maxmemory", 0)
        site.settle(50, seconds=40)
        scenario.check(site, {name: [due] for name in names})


def test_15_messages_delivered_five_times_in_any_order_start_each_run_once(
    scenario: Scenario,
) -> None:
    with scenario.site() as site:
        site.scheduler()
        due = soon(5)
        names = [f"job-{number}" for number in range(40)]
        # A copy may come when its run waits for a later message.
        again = [f"again-{number}" for number in range(10)]
        retried = {
            "task": "FaultStorm",
            "max_retries": 1,
            "retry_backoff_seconds": 1,
            "params": {"failures": 1},
        }
        site.create(
            {"name": name, "schedule": due.isoformat(), "params": {"seconds": 0.05}}
            for name in names
        )
        site.create({"name": name, "schedule": due.isoformat(), **retried} for name in again)
        eventually(lambda: len(site.messages()) == 50, seconds=30)
        copies = _multiply(site, 5, scenario)
        site.worker("--concurrency=4")
        site.settle(50, seconds=60)
        eventually(lambda: not site.messages(), seconds=30)
        scenario.figure("messages", copies)
        starts = Counter(entry.job in again for entry in site.journals.entries())
        scenario.exactly("starts of 40", starts[False], 40)
        scenario.exactly("starts of 10 that fail once", starts[True], 20)
        scenario.check(site, {name: [due] for name in [*names, *again]})


def _multiply(site: FaultSite, times: int, scenario: Scenario) -> int:
    """Put ``times`` copies of every waiting message into its list, each with a delivery tag of its
    own, shuffled.
    """
    with site.redis.client() as client:
        (key,) = [key for key in client.scan_iter() if client.type(key) == "list"]
        messages: Any = client.lrange(key, 0, -1)
        copies = [_copy(raw, number) for raw in messages for number in range(times)]
        scenario.dice.shuffle(copies)
        client.delete(key)
        client.lpush(key, *copies)
    return len(copies)


def _copy(raw: str, number: int) -> str:
    message = json.loads(raw)
    message["properties"]["delivery_tag"] += f"-{number}"
    return json.dumps(message)


def test_33_a_broker_that_is_away_costs_no_row_updates_and_two_lines(scenario: Scenario) -> None:
    with scenario.site() as site:
        scheduler = site.scheduler()
        worker = site.worker("--concurrency=4")
        due = soon(7)
        names = [f"job-{number}" for number in range(186)]
        site.create({"name": name, "schedule": due.isoformat()} for name in names)
        site.create([{"name": "now", "schedule": "@manual"}])
        _sleep_until(due - timedelta(seconds=scenario.dice.uniform(0.2, 1)))
        site.redis.kill9()
        time.sleep(20)
        (row,) = site.query("SELECT sum(publish_count) AS n FROM beatwright_run")
        scenario.figure("marks while away", int(row["n"]), at_most=186)
        took = float(site.python(RUN_NOW))
        scenario.figure("run now takes", took, at_most=5, unit="s")
        site.redis.start()
        back = time.time()
        site.settle(187, seconds=40)
        last = max(run["finished_at"] for run in site.runs())
        scenario.figure("done after", seconds_between(back, last), at_most=20, unit="s")
        log = scheduler.log()
        for name, line in (
            ("gone", "the broker is away, due runs"),
            ("back", "the broker is back, after"),
        ):
            scenario.exactly(f"lines: {name}", log.count(line), 1)
        for line in ("reconcile: ", "reconcile: works again"):
            assert log.count(line) <= 2, log
        assert worker.is_running
        scenario.check(site, {name: [due] for name in names}, triggered=1)


RUN_NOW = """
import time
from django.utils.timezone import now
from jobs.access.actor import SYSTEM
from jobs.actions.runs.run import run_now
from jobs.models import Job
job = Job.objects.get(name="now")
began = time.monotonic()
run_now(job, actor=SYSTEM, now=now())
print(time.monotonic() - began)
"""
