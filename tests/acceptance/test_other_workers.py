"""A stock Celery worker consumes the queue of our runs, as in a rolling change: it runs no body of
theirs, and each run is executed and recorded once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from textwrap import dedent

import pytest

from tests.acceptance.support.stock_worker import NAME, UNKNOWN, canary_of, stock_worker
from tests.support.eventually import eventually
from tests.support.promises import broken_promises
from tests.support.saving import save_jobs
from tests.support.site import Site

pytestmark = pytest.mark.timeout(900)

TUNING = {
    "alert_seconds": 0.5,
    "leader_lease_seconds": 2,
    "leader_renew_seconds": 0.5,
    "reconcile_seconds": 3,
    "held_seconds": 8,
}
TASKS = """
    from pathlib import Path

    from celery import shared_task


    @shared_task(name="Note", bind=True)
    def note(self, path: str) -> None:
        with Path(path).open("a") as file:
            file.write(f"{self.request.run}\\n")
"""
EACH = 4


@pytest.fixture
def site() -> Iterator[Site]:
    with Site("sqlite", tuning=TUNING, redis_tcp=True) as site:
        folder = site.folder / "modules"
        folder.mkdir()
        (folder / "noting.py").write_text(dedent(TASKS))
        site.env |= {"PYTHONPATH": str(folder), "TASK_MODULES": "noting"}
        save_jobs(
            site,
            [
                {
                    "name": f"job-{number}",
                    "task": "Note",
                    "schedule": "@manual",
                    "params": {"path": str(site.folder / "bodies")},
                }
                for number in range(EACH)
            ],
        )
        yield site


def start_runs(site: Site) -> None:
    for number in range(EACH):
        site.manage("job", "run", f"job-{number}")


def all_succeeded(site: Site, count: int) -> bool:
    states = Counter(run["state"] for run in site.runs())
    assert states == {"succeeded": count}, states
    return True


def queue_of(site: Site) -> dict[str, object]:
    rows = site.query("SELECT * FROM beatwright_queue WHERE name = 'default'")
    assert rows, "nothing has been noted of the queue"
    return rows[0]


def test_a_rolling_change_from_stock_workers_to_ours_and_back_runs_each_run_once(
    site: Site,
) -> None:
    site.scheduler()
    folder = site.folder / "stock"
    with stock_worker(folder, site.redis.url, "--concurrency=1") as stock:
        start_runs(site)
        eventually(lambda: queue_of(site)["held"], seconds=120)
        # At least one: the queue is held as soon as the first is missed, and no more are sent.
        assert stock.log().count(UNKNOWN) >= 1
        said = f"messages of the queue default go to {NAME}"
        eventually(lambda: said in site.manage("alerts"), seconds=60)
        assert said in site.manage("job", "why", "job-0").replace("\n", " ").replace("M", "m")
        taken = stock.log().count(UNKNOWN)

        worker = site.worker()
        eventually(lambda: all_succeeded(site, EACH), seconds=240)
        start_runs(site)
        eventually(lambda: all_succeeded(site, 2 * EACH), seconds=240)
        assert stock.log().count(UNKNOWN) >= taken

        worker.stop()
        start_runs(site)
        eventually(lambda: queue_of(site)["held"], seconds=120)
    site.worker()
    eventually(lambda: all_succeeded(site, 3 * EACH), seconds=240)

    eventually(lambda: queue_of(site)["taken_at"] is None, seconds=60)
    eventually(lambda: "messages of the queue" not in site.manage("alerts"), seconds=60)
    bodies = (site.folder / "bodies").read_text().split()
    assert sorted(bodies) == sorted(str(run["id"]) for run in site.runs())
    assert [run["attempt"] for run in site.runs()] == [1] * 3 * EACH
    assert len(site.attempts()) == 3 * EACH
    assert not canary_of(folder).exists()
    assert broken_promises(site.python) == []
