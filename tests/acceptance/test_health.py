"""/healthz beside real schedulers and workers that hang, while everything about them looks
alive.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet

from tests.support.eventually import eventually
from tests.support.site import Site

TUNING = {
    "leader_lease_seconds": 2,
    "leader_renew_seconds": 0.5,
    "watchdog_seconds": 2,
    "worker_silent_seconds": 8,
    "lease_renew_seconds": 0.5,
    "reconcile_seconds": 60,
}


def failing(site: Site) -> dict[str, str]:
    """What /healthz complains of, by check."""
    answer = httpx.get(f"{site.url}/healthz", trust_env=False, timeout=60)
    found: list[dict[str, Any]] = [check for check in answer.json()["checks"] if not check["ok"]]
    assert answer.status_code == (503 if found else 200)
    return {check["check"]: check["detail"] for check in found}


def test_a_scheduler_that_hangs_is_told_though_its_process_lives() -> None:
    with Site("postgresql", tuning=TUNING) as site:
        site.web()
        scheduler = site.scheduler()
        site.worker()
        eventually(lambda: failing(site) == {}, seconds=20)
        assert site.manage("doctor", "--check=scheduler", "--here").startswith(
            "ok    scheduler: 1 ticking"
        )

        scheduler.suspend()
        eventually(lambda: "has not ticked since" in failing(site).get("scheduler", ""), seconds=15)
        assert "FAIL  scheduler: has not ticked since" in site.manage(
            "doctor", "--check=scheduler", check=False
        )
        scheduler.resume()
        eventually(lambda: failing(site) == {}, seconds=20)

        assert scheduler.stop() == 0
        eventually(lambda: failing(site).get("scheduler", "").startswith("stopped"), seconds=20)


def test_a_pool_that_does_not_take_what_is_its_own_is_told_though_its_worker_answers() -> None:
    with Site("postgresql", tuning=TUNING, env={"STOP_GRACE_SECONDS": "0"}) as site:
        site.web()
        site.scheduler()
        worker = site.worker("--concurrency=1")
        eventually(lambda: failing(site) == {}, seconds=20)
        for pid in worker.pool():
            os.kill(pid, signal.SIGSTOP)
        site.manage("job", "create", "hello", "--task", "EchoTask", "--schedule", "@manual")
        site.manage("job", "run", "hello")
        told = "runs are waiting in queue default, but its workers are idle"
        eventually(lambda: failing(site).get("workers") == told, seconds=15)


def test_nothing_is_wrong_with_the_disk_right_after_prepare(tmp_path: Path) -> None:
    """Nothing has had to be kept in DATA_DIR by then: the keys are given, and the database is
    elsewhere.
    """
    fresh = tmp_path / "new" / "data"
    with Site(
        "postgresql", env={"DATA_DIR": str(fresh), "SECRETS_KEYS": Fernet.generate_key().decode()}
    ) as site:
        site.manage("prepare")
        assert site.manage("doctor", "--check=disk").startswith("ok    disk: ")
        assert fresh.stat().st_mode & 0o777 == 0o700
