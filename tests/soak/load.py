"""The work of the soak: little jobs that make the pool grow and shrink all the time, time limits,
and cancels.
"""

from __future__ import annotations

import random
from typing import Any

import httpx

from tests.support.up import Up

SHORT_SECONDS = (0.0, 0.1, 0.5, 2.0)
OVERDUE: dict[str, Any] = {
    "schedule": "*/20 * * * * *",
    "timeout_seconds": 2,
    "params": {"seconds": 600},
}
CANCELLED: dict[str, Any] = {"schedule": "*/15 * * * * *", "params": {"seconds": 300}}


def jobs() -> dict[str, dict[str, Any]]:
    """Twelve that come in waves of their own rhythm, one that goes over its limit, one that is
    cancelled.
    """
    waves = {
        f"wave-{number}": {
            "schedule": f"*/{4 + number} * * * * *",
            "params": {"seconds": SHORT_SECONDS[number % len(SHORT_SECONDS)]},
        }
        for number in range(12)
    }
    every = {"task": "Sleep", "max_retries": 0}
    return {
        name: every | fields
        for name, fields in {**waves, "overdue": OVERDUE, "cancelled": CANCELLED}.items()
    }


class Canceller:
    """Cancels what runs of the job ``cancelled``, over the API as a person's program would."""

    def __init__(self, up: Up, token: str, dice: random.Random) -> None:
        self.dice = dice
        headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx.Client(
            base_url=f"{up.url}/api/v1", headers=headers, trust_env=False, timeout=20
        )
        self.done = 0

    def strike(self) -> None:
        """Now and then one of them."""
        running = self.client.get("/runs/", params={"state": "running"})
        for run in running.raise_for_status().json()["results"]:
            if run["job_name"] == "cancelled" and self.dice.random() < 0.3:
                self.client.post(f"/runs/{run['id']}/cancel/", json={}).raise_for_status()
                self.done += 1
