"""A body's own rows and its run's success are one commit, whenever its process is killed."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent

import pytest

from tests.support.databases import BOTH
from tests.support.eventually import eventually
from tests.support.promises import broken_promises
from tests.support.saving import save_jobs
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a worker whose children are killed, on each database")

TUNING = {"reconcile_seconds": 1, "leader_lease_seconds": 2, "leader_renew_seconds": 0.5}
WHEN = ("before", "in", "after")
TASKS = """
    import os
    import signal

    import beatwright
    from celery import shared_task
    from django.db import connection


    @shared_task(name="Pay", bind=True)
    def pay(self, dies: str) -> None:
        def die(when: str) -> None:
            if self.request.attempt == 1 and dies == when:
                os.kill(os.getpid(), signal.SIGKILL)

        die("before")
        with beatwright.finish() as end, connection.cursor() as cursor:
            cursor.execute("INSERT INTO payments (run) VALUES (%s)", [self.request.run])
            die("in")
            end.result = "paid"
        die("after")
"""
EACH = 3


@pytest.mark.parametrize("database", BOTH)
def test_every_payment_is_made_once_whenever_its_process_is_killed(database: str) -> None:
    with Site(database, tuning=TUNING) as site:
        folder = site.folder / "modules"
        folder.mkdir()
        (folder / "paying.py").write_text(dedent(TASKS))
        site.env |= {"PYTHONPATH": str(folder), "TASK_MODULES": "paying"}
        site.execute("CREATE TABLE payments (run varchar(40))")
        save_jobs(
            site,
            [
                {"name": when, "task": "Pay", "schedule": "@manual", "params": {"dies": when}}
                for when in WHEN
            ],
        )
        site.scheduler()
        site.worker("--concurrency=2")
        for when in WHEN * EACH:
            site.manage("job", "run", when)

        def all_over() -> bool:
            states = Counter(run["state"] for run in site.runs())
            assert states == {"succeeded": EACH * len(WHEN)}, states
            return True

        eventually(all_over, seconds=240)
        paid = [row["run"] for row in site.query("SELECT run FROM payments ORDER BY run")]
        assert paid == sorted(str(run["id"]) for run in site.runs())
        attempts = {when: {run["attempt"] for run in site.runs(when)} for when in WHEN}
        assert attempts == {"before": {2}, "in": {2}, "after": {1}}
        assert broken_promises(site.python) == []
