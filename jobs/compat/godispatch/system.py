"""The system as GoDispatch tells of it: whether it works, its figures, its workers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jobs.access.actor import Actor
from jobs.compat.status import told_count
from jobs.models import Worker
from jobs.moments import iso
from jobs.queries.health import examine
from jobs.queries.site.stats import stats
from jobs.queries.workers import live_workers

OK = "ok"
LOOKED_AT = ("database",)


def system_health() -> dict[str, str]:
    """Whether this process can answer requests."""
    return {"status": OK if all(finding.ok for finding in examine(LOOKED_AT)) else "failing"}


def system_figures(*, actor: Actor, now: datetime) -> dict[str, int]:
    """Seven bounded queries: how many tasks there are, what runs, waits and failed, and who
    works.
    """
    figures = stats(actor=actor, now=now)
    return {
        "total_tasks": told_count(actor=actor),
        "running_tasks": figures["running"],
        "queued_tasks": figures["queued"],
        "failed_tasks": figures["dead_letters"],
        "workers": figures["live_workers"],
        "free_slots": figures["free_slots"],
    }


def system_workers(*, now: datetime) -> list[dict[str, Any]]:
    """One query: the workers that live."""
    return [_worker(worker) for worker in live_workers(now=now).workers]


def _worker(worker: Worker) -> dict[str, Any]:
    return {
        "id": worker.name,
        "status": "stopping" if worker.stop_requested_at else "active",
        "queues": worker.queues,
        "concurrency": worker.concurrency,
        "running": worker.busy,
        "last_heartbeat": iso(worker.heartbeat_at),
    }
