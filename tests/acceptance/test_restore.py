"""A backup is put back: what its lost commits had done is accounted for again, and what they left does no harm."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from tests.support.backups import back_up
from tests.support.databases import BOTH
from tests.support.eventually import eventually
from tests.support.promises import broken_promises
from tests.support.site import Site

TUNING = {"reconcile_seconds": 1, "leader_lease_seconds": 2, "leader_renew_seconds": 0.5}
CREATE = """
from jobs.models import Job
Job.objects.create(name="steady", task="EchoTask", schedule="*/2 * * * * *", misfire_policy="all")
"""
EVERY = timedelta(seconds=2)


def succeeded(site: Site) -> int:
    return len(site.runs(state="succeeded"))


def waiting_messages(site: Site) -> int:
    with site.redis.client() as client:
        return sum(client.llen(key) for key in client.scan_iter(_type="list"))


def ids(runs: list[dict[str, Any]]) -> set[str]:
    return {str(run["id"]) for run in runs}


@pytest.mark.parametrize("database", BOTH)
def test_a_restored_backup_accounts_for_every_occurrence_and_drops_the_messages_it_never_sent(database: str) -> None:
    with Site(database, tuning=TUNING) as site:
        site.python(CREATE)
        scheduler, worker = site.scheduler(), site.worker()
        eventually(lambda: succeeded(site) >= 3, seconds=30)
        restore = back_up(site)
        before = succeeded(site)
        eventually(lambda: succeeded(site) >= before + 3, seconds=30)
        worker.kill_all()
        eventually(lambda: waiting_messages(site) >= 2, seconds=30)
        scheduler.kill_all()
        lost = site.runs()
        restore()
        kept = site.runs()
        assert len(kept) < len(lost)
        scheduler, worker = site.scheduler(), site.worker()
        eventually(lambda: "message dropped, there is no run with this message" in worker.log(), seconds=40)
        eventually(lambda: site.runs()[-1]["scheduled_for"] > lost[-1]["scheduled_for"], seconds=40)
        scheduler.stop()
        eventually(lambda: succeeded(site) == len(site.runs()), seconds=40)
        assert worker.is_running
        moments = sorted(run["scheduled_for"] for run in site.runs())
        assert {late - early for early, late in itertools.pairwise(moments)} == {EVERY}
        # The same occurrences, as other runs: what makes an effect happen once must not be the run's id.
        assert not ids(site.runs()) & (ids(lost) - ids(kept))
        assert {run["scheduled_for"] for run in lost} <= set(moments)
        assert broken_promises(site.python) == []
