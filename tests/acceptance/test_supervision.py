"""What the main process of a real worker sees to: its row, its predecessors, exclusive runs, the
spool, itself.
"""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.execution.isolation.processes import parent_of
from tests.acceptance.faults.site import FaultSite
from tests.support.databases import BOTH
from tests.support.eventually import busy_seconds, eventually, never
from tests.support.postgres import PostgresServer

pytestmark = pytest.mark.drawn(most=3, reason="each starts and stops workers of its own")

SLOW_LEASE = {"lease_seconds": 60, "lease_renew_seconds": 1}


ALL_NOW = """
from django.utils import timezone
from jobs.actions.runs.run import run_now
from jobs.models import Job
from tests.support.builders import by
for job in Job.objects.all():
    run_now(job, actor=by("test"), now=timezone.now())
"""


def run_now(site: FaultSite, name: str, task: str = "FaultNote", **fields: Any) -> None:
    """A run of a new job, published at once."""
    site.create([{"name": name, "task": task, "schedule": "@manual", **fields}])
    site.manage("job", "run", name)


def run_together(site: FaultSite, **policies: str) -> None:
    """A run of each of these new jobs, name → overlap policy, published by one process."""
    params = {"seconds": 10 + busy_seconds()}
    fields = {"schedule": "@manual", "params": params}
    site.create(
        {"name": name, "overlap_policy": policy, **fields} for name, policy in policies.items()
    )
    site.python(ALL_NOW)


def worker_row(site: FaultSite) -> dict[str, Any]:
    rows = site.query("SELECT * FROM beatwright_worker")
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize("database", BOTH)
def test_a_worker_is_in_the_database_from_its_start_to_its_end(database: str) -> None:
    with FaultSite(database) as site:
        worker = site.worker("--concurrency=3")
        row = eventually(lambda: worker_row(site))
        assert (row["name"], row["pid"], row["concurrency"], row["stopped_at"]) == (
            "w0@test",
            worker.pid,
            3,
            None,
        )
        assert "FaultNote" in row["tasks"]

        run_now(site, "late", queue="reports", params={"seconds": 3 + busy_seconds()})

        eventually(lambda: "reports" in worker_row(site)["queues"])
        eventually(lambda: worker_row(site)["busy"] == 1)
        eventually(lambda: worker_row(site)["heartbeat_at"] > row["heartbeat_at"])
        assert worker.stop() == 0
        assert worker_row(site)["stopped_at"]


def test_a_worker_that_starts_cleans_up_after_one_that_was_killed() -> None:
    with FaultSite("postgresql", tuning=SLOW_LEASE) as site:
        worker = site.worker("--concurrency=1")
        run_now(site, "orphans", "FaultStubborn", params={"seconds": 60})
        [entry] = eventually(lambda: [one for one in site.journals.running() if one.said])
        sidecar = worker.sidecar()
        eventually(lambda: site.query("SELECT 1 FROM beatwright_worker"))

        os.kill(sidecar, signal.SIGSTOP)  # it would clean up at once
        worker.kill9()
        eventually(lambda: entry.pid not in worker.members())
        os.kill(sidecar, signal.SIGKILL)
        eventually(lambda: len(worker.members()) == 2)  # what the body had started lives on
        site.worker("--concurrency=1")

        eventually(lambda: [run["losses"] for run in site.runs()] == [1], seconds=20)
        eventually(lambda: worker.members() == [])
        assert site.query("SELECT 1 FROM beatwright_worker WHERE stopped_at IS NOT NULL")


def test_without_its_database_a_worker_stops_exclusive_runs_alone(
    postgres_server: PostgresServer,
) -> None:
    tuning = {"lease_seconds": 20, "exclusive_stop_seconds": 3}
    with FaultSite("postgresql", tuning=tuning, postgres=postgres_server) as site:
        site.worker("--concurrency=2")
        run_together(site, alone="skip", beside="allow")
        eventually(lambda: len(site.journals.running()) == 2)
        child = site.journals.entries("alone")[0].pid

        postgres_server.stop()
        stopped = time.monotonic()
        eventually(lambda: parent_of(child) is None, seconds=20)
        assert 2 < time.monotonic() - stopped < 20, (
            "not before its patience is over, and before its lease is"
        )
        postgres_server.start()

        eventually(lambda: [run["losses"] for run in site.runs("alone")] == [1])
        eventually(lambda: site.runs("beside", state="succeeded"), seconds=20)
        assert site.runs("beside")[0]["attempt"] == 1


def test_an_outcome_that_the_database_did_not_take_is_replayed_from_disk(
    postgres_server: PostgresServer,
) -> None:
    tuning = {"lease_seconds": 3, "finish_patience_seconds": 0}
    with FaultSite("postgresql", tuning=tuning, postgres=postgres_server) as site:
        worker = site.worker("--concurrency=1")
        site.data_dir.joinpath("spool").mkdir()
        site.data_dir.joinpath("spool", "0-broken.json").write_text("{")
        run_now(site, "patient", params={"seconds": 2 + busy_seconds()})
        eventually(site.journals.running)

        postgres_server.stop()
        eventually(lambda: "outcome kept in" in worker.log(), seconds=20)
        postgres_server.start()

        [run] = eventually(lambda: site.runs(state="succeeded"), seconds=10)
        assert (run["attempt"], run["losses"]) == (1, 0)
        assert [path.name for path in site.data_dir.joinpath("spool").iterdir()] == ["0-broken.bad"]


def test_a_worker_that_has_gone_deaf_restarts_itself_once_in_a_while() -> None:
    with FaultSite(
        "postgresql", tuning={"watchdog_seconds": 3, "watchdog_pause_seconds": 60}
    ) as site:
        worker = site.worker("--concurrency=1")
        run_now(site, "before")
        eventually(lambda: site.runs(state="succeeded"))
        deaf = datetime.now(UTC)
        _publish_without_a_message(site)

        eventually(lambda: worker.log().count(" ready.") == 2, seconds=30)

        assert worker.is_running, "under the same pid"
        row = eventually(lambda: _restarted(site))
        run_now(site, "after")
        eventually(lambda: site.runs("after", state="succeeded"))
        assert row["restarted_at"] > deaf
        never(lambda: worker.log().count(" ready.") > 2, seconds=6)
        assert worker.stop() == 0


def _publish_without_a_message(site: FaultSite) -> None:
    """What a worker sees that no longer hears its broker."""
    site.create([{"name": "unheard", "schedule": "@manual"}])
    site.redis.kill9()
    site.manage("job", "run", "unheard", check=False)
    site.redis.start()
    site.execute(
        "UPDATE beatwright_run SET published_at = %s WHERE state = 'queued'", datetime.now(UTC)
    )


def _restarted(site: FaultSite) -> dict[str, Any]:
    row = worker_row(site)
    assert row["restarted_at"]
    assert row["stopped_at"] is None
    return row
