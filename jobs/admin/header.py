"""What stands at the top of every page: is a scheduler alive?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from jobs import conf
from jobs.admin.look.times import relative
from jobs.queries.pages_dashboard import last_lease


@dataclass(frozen=True)
class SchedulerStatus:
    word: str
    tone: str
    title: str
    icon: str = ""


def scheduler_status(now: datetime) -> SchedulerStatus:
    """One query. A scheduler is alive as long as somebody holds the leader's lease."""
    lease = last_lease()
    if lease is None:
        advice = "Nothing is planned until one runs: celery -A scheduler_site beat"
        return SchedulerStatus("no scheduler", "bad", advice, "warning")
    if lease.expires_at > now:
        return SchedulerStatus("scheduler ok", "good", f"leader: {lease.holder}")
    silent = relative(lease.expires_at - conf.get().leader_lease, now)
    title = f"last seen {silent}: {lease.holder}. Nothing is planned meanwhile."
    return SchedulerStatus("scheduler silent", "bad", title, "warning")
