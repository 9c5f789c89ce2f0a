"""Every due occurrence is one run, started once, whatever is killed: real processes, real kills."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.databases import BOTH
from tests.support.eventually import busy_seconds, eventually
from tests.support.promises import broken_promises
from tests.support.saving import save_jobs
from tests.support.site import Site

pytestmark = pytest.mark.drawn(
    most=3, reason="each starts and kills schedulers, workers or Redis of its own"
)

TUNING = {"reconcile_seconds": 1, "leader_lease_seconds": 2, "leader_renew_seconds": 0.5}


def make_jobs(
    site: Site,
    count: int,
    schedule: str,
    *,
    task: str = "EchoTask",
    params: Mapping[str, Any] | None = None,
) -> None:
    common = {"task": task, "params": params or {}, "schedule": schedule}
    save_jobs(site, [{"name": f"job-{number}", **common} for number in range(count)])


def soon(seconds: float) -> str:
    """A one-off's schedule, so many seconds from now, and more on a busy machine: it must be saved
    before it is due.
    """
    return (datetime.now(UTC) + timedelta(seconds=seconds + busy_seconds())).isoformat(
        timespec="seconds"
    )


def succeeded(site: Site, count: int) -> bool:
    """That so many runs have; until then, what the runs are instead."""
    states = Counter(run["state"] for run in site.runs())
    assert states["succeeded"] >= count, f"{dict(states)} of {count}"
    return True


def messages(site: Site) -> int:
    """How many messages wait in the site's Redis: a run is marked as published before its message
    is sent.
    """
    with site.redis.client() as client:
        return sum(client.llen(key) for key in client.scan_iter(_type="list"))


def starts(site: Site) -> Counter[str]:
    """Attempts that really began, per run."""
    return Counter(str(row["task_id"]).partition(".")[0] for row in site.attempts())


def outcome(attempt: dict[str, Any]) -> str:
    meta = attempt["meta"]
    return str((json.loads(meta) if isinstance(meta, str) else meta)["outcome"])


def assert_each_once(site: Site, count: int) -> None:
    runs = site.runs()
    assert len(runs) == count
    assert {run["state"] for run in runs} == {"succeeded"}
    assert set(starts(site).values()) == {1}
    assert len(starts(site)) == count
    assert broken_promises(site.python) == []


@pytest.mark.parametrize("database", BOTH)
def test_killing_the_scheduler_inside_a_burst_loses_nothing_and_runs_nothing_twice(
    database: str,
) -> None:
    with Site(database, tuning=TUNING | {"plan_batch": 20, "publish_batch": 20}) as site:
        make_jobs(site, 200, soon(8))
        site.worker()
        scheduler = site.scheduler()
        for _ in range(3):
            eventually(site.runs, seconds=40, every=0.01)
            time.sleep(random.uniform(0, 0.15))
            scheduler.kill9()
            scheduler = site.scheduler()
        eventually(lambda: succeeded(site, 200), seconds=60)
        assert_each_once(site, 200)


@pytest.mark.parametrize("database", BOTH)
def test_two_schedulers_plan_each_occurrence_once(database: str) -> None:
    with Site(database, tuning=TUNING) as site:
        make_jobs(site, 10, "*/2 * * * * *")
        site.worker()
        schedulers = [site.scheduler(), site.scheduler()]
        eventually(lambda: len(site.runs()) >= 40, seconds=20)
        for scheduler in schedulers:
            scheduler.stop()
        planned = len(site.runs())
        eventually(lambda: succeeded(site, planned), seconds=30)
        assert_each_once(site, planned)
        for number in range(10):
            moments = [run["scheduled_for"] for run in site.runs(f"job-{number}")]
            assert {late - early for early, late in itertools.pairwise(moments)} == {
                timedelta(seconds=2)
            }


def test_killing_redis_without_persistence_loses_no_queued_run() -> None:
    with Site("postgresql", tuning=TUNING) as site:
        make_jobs(site, 60, soon(5))
        scheduler = site.scheduler()
        eventually(lambda: messages(site) >= 60, seconds=30)
        site.redis.kill9()
        site.redis.start()
        site.worker()
        eventually(lambda: succeeded(site, 60), seconds=40)
        assert_each_once(site, 60)
        assert scheduler.is_running
        assert max(run["publish_count"] for run in site.runs()) >= 2


def test_redis_away_at_the_due_moment_delays_runs_and_loses_none() -> None:
    with Site("sqlite", tuning=TUNING) as site:
        site.redis.stop()
        make_jobs(site, 20, soon(4))
        site.scheduler()
        eventually(lambda: len(site.runs()) == 20, seconds=30)
        site.redis.start()
        site.worker()
        eventually(lambda: succeeded(site, 20), seconds=40)
        assert_each_once(site, 20)


@pytest.mark.parametrize("database", BOTH)
def test_stopping_a_worker_in_the_middle_of_a_run_releases_it_and_it_runs_again(
    database: str,
) -> None:
    with Site(database, tuning=TUNING, env={"STOP_GRACE_SECONDS": "1"}) as site:
        make_jobs(site, 1, "@manual", task="Sleep", params={"seconds": 6})
        site.manage("job", "run", "job-0")
        worker = site.worker()
        eventually(lambda: site.runs(state="running"), seconds=20)
        worker.stop(seconds=15)
        (run,) = site.runs()
        assert (run["state"], run["failures"], run["published_at"]) == ("queued", 0, None)
        site.scheduler()
        site.worker()
        eventually(lambda: succeeded(site, 1), seconds=30)
        assert [outcome(attempt) for attempt in site.attempts()] == ["released", "succeeded"]
        assert worker.members() == []


def test_stopping_a_worker_lets_what_runs_finish_within_the_grace_time() -> None:
    with Site("sqlite", env={"STOP_GRACE_SECONDS": "10"}) as site:
        make_jobs(site, 1, "@manual", task="Sleep", params={"seconds": 2})
        site.manage("job", "run", "job-0")
        worker = site.worker()
        eventually(lambda: site.runs(state="running"), seconds=20)
        worker.stop(seconds=20)
        assert [run["state"] for run in site.runs()] == ["succeeded"]
        assert len(site.attempts()) == 1
