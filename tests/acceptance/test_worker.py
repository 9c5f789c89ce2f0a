"""What a real worker does with its runs when it is stopped, loses a child, or loses its
database.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import BOTH
from tests.support.eventually import busy_seconds, eventually
from tests.support.postgres import PostgresServer
from tests.support.processes import Process
from tests.support.saving import save_jobs
from tests.support.site import Site

pytestmark = pytest.mark.drawn(most=4, reason="each starts and stops workers of its own")

TUNING = {
    "reconcile_seconds": 1,
    "queue_watch_seconds": 0.2,
    "log_flush_seconds": 0.2,
    "leader_lease_seconds": 2,
}


def run_now(
    site: Site, task: str, params: dict[str, Any] | None = None, *, times: int = 1, **fields: Any
) -> None:
    """Runs of a new job, published at once."""
    site.python(
        "import uuid\n"
        "from django.utils import timezone\n"
        "from jobs.actions.runs.run import run_now\n"
        "from jobs.models import Job\n"
        "from tests.support.builders import by\n"
        f"job = Job.objects.create(name=uuid.uuid4().hex, task={task!r}, params={params or {}!r},"
        f" schedule='@manual', **{fields!r})\n"
        f"for _ in range({times}):\n"
        "    run_now(job, actor=by('test'), now=timezone.now())\n"
    )


def states(site: Site) -> list[str]:
    return [run["state"] for run in site.runs()]


def outcomes(site: Site) -> list[str]:
    """How each attempt ended, in the order in which they began."""
    return [
        json.loads(meta)["outcome"] if isinstance(meta, str) else meta["outcome"]
        for meta in metas(site)
    ]


def metas(site: Site) -> list[Any]:
    return [attempt["meta"] for attempt in site.attempts()]


def busy_child(worker: Process, site: Site) -> int:
    """The pool child that runs the one running attempt."""
    [meta] = metas(site)
    pid = (json.loads(meta) if isinstance(meta, str) else meta)["pid"]
    assert pid in worker.pool()
    return int(pid)


@pytest.mark.parametrize("database", BOTH)
def test_a_stopped_worker_lets_short_runs_finish_and_releases_the_rest(database: str) -> None:
    short_seconds = 2 + busy_seconds()
    with Site(database, tuning=TUNING, env={"STOP_GRACE_SECONDS": str(short_seconds + 1)}) as site:
        worker = site.worker("--concurrency=2")
        run_now(site, "Sleep", {"seconds": 120})
        run_now(site, "Sleep", {"seconds": short_seconds})
        eventually(lambda: states(site) == ["running", "running"])

        assert worker.stop(seconds=15) == 0

        long, short = site.runs()
        assert (short["state"], long["state"]) == ("succeeded", "queued")
        assert (long["published_at"], long["failures"], long["losses"]) == (None, 0, 0)
        assert outcomes(site) == ["released", "succeeded"]
        assert worker.members() == []


SLOW_TO_START = """
import time
from celery import shared_task
from celery.signals import worker_process_init

@worker_process_init.connect(weak=False)
def take_its_time(**_):
    time.sleep(6)  # as on a host under load; Celery by itself gives a pool child 4 s

@shared_task(name="Ready")
def ready():
    return "ready"
"""


def test_a_pool_child_that_is_slow_to_start_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "slow_to_start.py").write_text(SLOW_TO_START)
    env = {"PYTHONPATH": str(tmp_path), "TASK_MODULES": "slow_to_start"}
    with Site("sqlite", tuning=TUNING, env=env) as site:
        worker = site.worker("--autoscale=3,1")
        run_now(site, "Ready", times=3)
        eventually(lambda: states(site) == ["succeeded"] * 3, seconds=60)
        assert "UP message" not in worker.log()


@pytest.mark.only_in_all(reason="a window of use has to pass; the integration tests play it")
def test_a_pool_shrinks_while_a_message_comes_every_two_seconds() -> None:
    with Site("sqlite", tuning=TUNING) as site:
        worker = site.worker("--autoscale=4,1")
        run_now(site, "Sleep", {"seconds": 10}, times=4)
        eventually(lambda: len(worker.pool()) == 4, seconds=30)
        save_jobs(site, [{"name": "often", "task": "EchoTask", "schedule": "@every 2s"}])
        site.scheduler()
        eventually(lambda: len(site.runs("often", state="succeeded")) >= 2, seconds=60)
        eventually(lambda: len(worker.pool()) == 1, seconds=90)
        assert all(
            run["state"] == "succeeded"
            for run in site.runs()
            if run["state"] not in {"queued", "running"}
        )


@pytest.mark.parametrize("database", BOTH)
def test_a_worker_that_is_asked_to_shut_down_ends_as_one_that_is_stopped(database: str) -> None:
    tuning = TUNING | {"lease_renew_seconds": 1}
    with Site(database, tuning=tuning, env={"STOP_GRACE_SECONDS": "3"}) as site:
        worker = site.worker("--concurrency=2")
        run_now(site, "Sleep", {"seconds": 60})
        eventually(lambda: states(site) == ["running"])
        name = json.loads(site.manage("worker", "list", "--json"))[0]["name"]

        site.manage("worker", "shutdown", name)

        assert worker.wait(seconds=20) == 0
        assert states(site) == ["queued"]
        assert outcomes(site) == ["released"]
        assert json.loads(site.manage("worker", "list", "--json")) == []
        site.scheduler()
        # Of the same name: the wish was about the one that has ended.
        site.worker("--concurrency=2")
        eventually(lambda: states(site) == ["running"])


@pytest.mark.parametrize("database", BOTH)
def test_a_killed_pool_child_is_recorded_lost_and_the_run_starts_again(database: str) -> None:
    with Site(database, tuning=TUNING) as site:
        site.scheduler()
        worker = site.worker()
        run_now(site, "Sleep", {"seconds": 4 + busy_seconds()})
        eventually(lambda: states(site) == ["running"])

        os.kill(busy_child(worker, site), signal.SIGKILL)

        eventually(lambda: [run["losses"] for run in site.runs()] == [1], seconds=15)
        eventually(lambda: states(site) == ["succeeded"], seconds=20)
        assert outcomes(site) == ["lost", "succeeded"]
        [run] = site.runs()
        assert (run["attempt"], run["failures"]) == (2, 0)


def test_a_worker_without_a_choice_follows_the_jobs_queues() -> None:
    with Site(tuning=TUNING) as site:
        site.worker("--concurrency=1")
        run_now(site, "EchoTask", queue="reports")
        eventually(lambda: states(site) == ["succeeded"], seconds=10)


def test_a_worker_with_a_choice_keeps_to_it() -> None:
    with Site(tuning=TUNING) as site:
        site.worker("--concurrency=1", "-Q", "default")
        run_now(site, "EchoTask", queue="reports")
        run_now(site, "EchoTask")
        eventually(lambda: "succeeded" in states(site), seconds=10)
        time.sleep(2)
        assert [run["state"] for run in site.runs(queue="reports")] == ["queued"]


def test_no_run_is_lost_or_repeated_while_postgresql_is_away(
    postgres_server: PostgresServer,
) -> None:
    with Site("postgresql", tuning=TUNING, postgres=postgres_server) as site:
        site.worker("--concurrency=4")
        run_now(site, "Sleep", {"seconds": 0.3}, times=50)
        eventually(lambda: states(site).count("succeeded") > 5, seconds=20)

        postgres_server.stop()
        time.sleep(5)
        postgres_server.start()

        eventually(lambda: states(site) == ["succeeded"] * 50, seconds=60)
        assert outcomes(site) == ["succeeded"] * 50


def test_a_worker_that_starts_while_redis_is_full_waits_until_there_is_room() -> None:
    with Site() as site:
        with site.redis.client() as client:
            client.config_set("maxmemory", 1)
            worker = site.worker(wait=False)
            worker.wait_for_log("command not allowed when used memory", seconds=60)
            client.config_set("maxmemory", 0)
        worker.wait_for_log(" ready.", seconds=30)
        assert worker.is_running


def test_a_worker_that_loses_a_child_while_it_starts_goes_on_with_another() -> None:
    with Site() as site:
        worker = site.worker("--concurrency=2", wait=False)
        eventually(lambda: len(worker.pool()) == 2, seconds=30, every=0.02)
        victim = worker.pool()[0]
        assert " ready." not in worker.log()
        os.kill(victim, signal.SIGKILL)
        worker.wait_for_log(" ready.", seconds=30)
        eventually(lambda: len(set(worker.pool()) - {victim}) == 2, seconds=10)
        assert worker.is_running
