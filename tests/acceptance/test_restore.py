"""A backup is put back: what its lost commits had done is accounted for again, and what they left
does no harm.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.backups import back_up
from tests.support.databases import BOTH
from tests.support.eventually import eventually
from tests.support.promises import broken_promises
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a site that is backed up, destroyed and restored")

TUNING = {"reconcile_seconds": 1, "leader_lease_seconds": 2, "leader_renew_seconds": 0.5}
CREATE = """
from datetime import timedelta
from django.utils.timezone import now
from jobs.models import Job
every = {"schedule": "*/2 * * * * *", "starts_at": now() + timedelta(seconds=3),
    "misfire_policy": "all"}
Job.objects.create(name="steady", task="EchoTask", **every)
"""
EVERY = timedelta(seconds=2)


def succeeded(site: Site) -> int:
    return len(site.runs(state="succeeded"))


def waiting_messages(site: Site) -> int:
    with site.redis.client() as client:
        return sum(client.llen(key) for key in client.scan_iter(_type="list"))


def ids(runs: list[dict[str, Any]]) -> set[str]:
    return {str(run["id"]) for run in runs}


def delete(site: Site, run: dict[str, Any]) -> None:
    """Lose a run without a trace, as nothing of ours does."""
    for table, column in (
        ("beatwright_runlog", "run_id"),
        ("beatwright_lostattempt", "run_id"),
        ("beatwright_run", "id"),
    ):
        site.execute(f"DELETE FROM {table} WHERE {column} = %s", run["id"])


def has_run_until(site: Site, moment: datetime) -> bool:
    """Whether all that was due by then has run, and more is planned; the last may be planned and
    not sent yet.
    """
    runs = site.runs()
    return runs[-1]["scheduled_for"] > moment and all(
        run["state"] == "succeeded" for run in runs if run["scheduled_for"] <= moment
    )


@pytest.mark.parametrize("database", BOTH)
def test_a_restored_backup_accounts_for_every_occurrence_and_drops_the_messages_it_never_sent(
    database: str,
) -> None:
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
        eventually(
            lambda: "message dropped, there is no run with this message" in worker.log(), seconds=40
        )
        eventually(lambda: has_run_until(site, lost[-1]["scheduled_for"]), seconds=40)
        scheduler.stop()
        eventually(lambda: not site.runs(state="running"))
        assert worker.is_running
        moments = sorted(run["scheduled_for"] for run in site.runs())
        assert {late - early for early, late in itertools.pairwise(moments)} == {EVERY}
        # The same occurrences, as other runs: what makes an effect happen once must not be the
        # run's id.
        assert not ids(site.runs()) & (ids(lost) - ids(kept))
        assert {run["scheduled_for"] for run in lost} <= set(moments)
        assert broken_promises(site.python, margin_seconds=0) == []
        delete(site, site.runs()[len(kept)])
        (broken,) = broken_promises(site.python, margin_seconds=0)
        assert broken.startswith("occurrences: steady")
