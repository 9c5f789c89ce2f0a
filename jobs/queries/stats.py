"""The figures of the first page, for programs: seven bounded queries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from jobs.queries import pages_dashboard as read
from jobs.queries.alerts import NEVER, alert_fields, open_alerts, silence_of
from jobs.queries.workers import live_workers

DAY = timedelta(days=1)


def stats(*, now: datetime) -> dict[str, Any]:
    """What runs and waits, who works, whether a scheduler leads, what needs attention. Counts stop at 1,001."""
    workers = live_workers(now=now).workers
    silence = silence_of(read.last_lease(), now=now)
    return {
        "running": read.running_count(),
        "queued": read.queued_count(),
        "failed_last_day": min(read.failed_count(now - DAY), read.CAP + 1),
        "live_workers": len(workers),
        "free_slots": sum(max(0, worker.concurrency - worker.busy) for worker in workers),
        "scheduler_silent_seconds": silence.total_seconds() if silence not in {None, NEVER} and silence else None,
        "scheduler_has_run": silence != NEVER,
        "alerts": [alert_fields(alert) for alert in open_alerts()],
    }
