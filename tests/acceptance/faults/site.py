"""A site for the fault plan: fast numbers, tasks that keep a journal, patches by name, and a
trigger on every move.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.acceptance.faults import moves
from tests.acceptance.faults.journal import Journals
from tests.acceptance.faults.naps import Nap
from tests.support.databases import SQLite
from tests.support.eventually import busy_seconds, eventually
from tests.support.processes import Process
from tests.support.saving import save_jobs
from tests.support.site import Site

# The numbers of the plan: lease, renewal, sweep, reconcile and back-off small enough to wait for.
FAST: Mapping[str, float] = {
    "lease_seconds": 3,
    "lease_renew_seconds": 0.7,
    "lease_timeout_seconds": 1,
    "lease_grace_seconds": 1,
    "exclusive_stop_seconds": 2.2,
    "recovery_seconds": 0.5,
    "reconcile_seconds": 1,
    "held_seconds": 3,
    "retry_base_seconds": 0.2,
    "leader_lease_seconds": 2,
    "leader_renew_seconds": 0.5,
    "alert_seconds": 1,
}
POOL = """
from django.utils.timezone import now
from jobs.models import Pool
Pool.objects.create(name=%r, slots=%d, created_at=now(), updated_at=now())
"""


class FaultSite(Site):
    """``patches``: names from inside/patches.py for all of the site's processes, each ``name`` or
    ``name=argument``.
    """

    def __init__(
        self,
        database: str,
        *,
        tuning: Mapping[str, float] | None = None,
        env: Mapping[str, str] | None = None,
        patches: str = "",
        **more: Any,
    ) -> None:
        self.tuning = {**FAST, **(tuning or {})}
        own = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.faults.inside.settings", **(env or {})}
        super().__init__(database, tuning=self.tuning, env=own, **more)
        self.journals = Journals(self.folder / "journal.jsonl")
        self._patches = f"{patches} {os.environ.get('FAULT_WITHOUT', '')}".strip()
        self.env |= {
            "FAULT_JOURNAL": str(self.journals.path),
            "FAULT_DIR": str(self.folder),
            "FAULT_PATCHES": self._patches,
        }
        self.naps: list[Nap] = []
        moves.watch(self, "sqlite" if isinstance(self._database, SQLite) else "postgresql")

    def patched(self, patches: str) -> dict[str, str]:
        """The environment of one process that has further patches than the site's."""
        return {"FAULT_PATCHES": f"{self._patches} {patches}".strip()}

    def create(self, jobs: Iterable[Mapping[str, Any]], *, allow_past: bool = False) -> None:
        """Save jobs with these fields; the task is FaultNote unless they say otherwise."""
        rows = [{"task": "FaultNote", **{k: _text(v) for k, v in job.items()}} for job in jobs]
        save_jobs(self, rows, allow_past=allow_past)

    def create_pool(self, name: str, slots: int) -> None:
        """Save a pool with so many slots."""
        self.python(POOL % (name, slots))

    def run_beside(self, command: list[str], *, env: Mapping[str, str], name: str) -> Process:
        """Start a process that is neither scheduler nor worker."""
        return self._start(command, name=name, env=env)

    @contextmanager
    def frozen(self, pids: Iterable[int]) -> Iterator[Nap]:
        """Freeze these processes for as long as the block lasts."""
        nap = Nap.begin(pids)
        self.naps.append(nap)
        try:
            yield nap
        finally:
            nap.end()

    def moves(self, became: str = "") -> list[dict[str, Any]]:
        """Every move of every run, oldest first: run, was, became, at."""
        clause = " WHERE became = %s" if became else ""
        return self.query(
            f"SELECT * FROM fault_moves{clause} ORDER BY n", *([became] if became else [])
        )

    def count(self, state: str = "") -> int:
        """How many runs there are, in all or in this state."""
        clause = " WHERE state = %s" if state else ""
        (row,) = self.query(
            f"SELECT count(*) AS n FROM beatwright_run{clause}", *([state] if state else [])
        )
        return int(row["n"])

    def active(self) -> int:
        """How many runs are in no final state."""
        (row,) = self.query(
            "SELECT count(*) AS n FROM beatwright_run WHERE state IN ('blocked', 'queued', "
            "'running')"
        )
        return int(row["n"])

    def settle(self, runs: int, *, seconds: float) -> None:
        """Wait until there are ``runs`` runs at least and all of them have ended."""

        def settled() -> bool:
            assert self.count() >= runs, f"{self.count()} runs of {runs}"
            assert not self.active(), f"{self.active()} of {self.count()} runs are not over"
            return True

        eventually(settled, seconds=seconds, every=0.1)

    def messages(self) -> set[str]:
        """The task ids of all messages that somebody will take: they wait, or a living worker holds
        on to them.

        Read by plain Redis commands.
        """
        with self.redis.client() as client:
            since = client.time()[0] - 2 * self.tuning["held_seconds"]
            living = client.zrangebyscore("unacked_index", since, "+inf")
            held = (
                [json.loads(raw)[0] for raw in client.hmget("unacked", living) if raw]
                if living
                else []
            )
            lists = [key for key in client.scan_iter() if client.type(key) == "list"]
            waiting = [json.loads(raw) for key in lists for raw in client.lrange(key, 0, -1)]
        return {
            str(message["headers"].get("id", ""))
            for message in [*held, *waiting]
            if "headers" in message
        }


def every(seconds: int, start: datetime, end: datetime) -> list[datetime]:
    """All whole multiples of ``seconds`` on the wall from ``start`` to ``end``, both included."""
    first = -(-start.timestamp() // seconds) * seconds
    count = int((end.timestamp() - first) // seconds) + 1
    return [datetime.fromtimestamp(first + n * seconds, UTC) for n in range(max(0, count))]


def soon(seconds: float) -> datetime:
    """A whole second, so many seconds from now, and more on a machine that is busy: FAULT_SLOW, or
    as its load says.
    """
    slow = max(float(os.environ.get("FAULT_SLOW", "0")), busy_seconds())
    return (datetime.now(UTC) + timedelta(seconds=seconds + slow)).replace(microsecond=0)


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
