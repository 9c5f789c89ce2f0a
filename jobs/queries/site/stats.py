"""The figures of the first page, for programs: six bounded queries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jobs.access.actor import Actor
from jobs.access.visible import visible_runs
from jobs.models import RunState
from jobs.queries.attention.alerts import NEVER, alert_fields, open_alerts, scheduler_silence
from jobs.queries.paging import capped_count
from jobs.queries.site.dashboard import dead_count, running_count
from jobs.queries.workers import live_workers


def stats(*, actor: Actor, now: datetime) -> dict[str, Any]:
    """What runs, waits and failed of what the actor sees; who works, whether a scheduler leads,
    what needs attention.

    Counts stop at 1,001.
    """
    workers = live_workers(now=now).workers
    silence = scheduler_silence(now)
    return {
        "running": running_count(actor=actor),
        "queued": capped_count(visible_runs(actor).filter(state=RunState.QUEUED)),
        "dead_letters": dead_count(actor=actor),
        "live_workers": len(workers),
        "free_slots": sum(max(0, worker.concurrency - worker.busy) for worker in workers),
        "scheduler_silent_seconds": silence.total_seconds()
        if silence and silence != NEVER
        else None,
        "scheduler_has_run": silence != NEVER,
        "alerts": [alert_fields(alert) for alert in open_alerts(actor=actor)],
    }
