"""Does a scheduler lead, and does its loop come round?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from jobs import conf
from jobs.dispatch.clock import database_now
from jobs.models import Leader, Scheduler
from jobs.queries.health.finding import HealthFinding

START = "start one: celery -A scheduler_site beat"
RESTART = "restart it, and check its log for the cause"


def scheduler(host: str) -> Iterator[HealthFinding]:
    """Two queries: the processes heard of last, and the lease.

    Of one host, its processes alone count.
    """
    now = database_now()
    heard = Scheduler.objects.order_by("-ticked_at")
    rows = list((heard.filter(host=host) if host else heard)[:100])
    living = [
        row for row in rows if row.stopped_at is None and now - row.ticked_at < _missed_after()
    ]
    if not living:
        yield _silent(rows, now)
        return
    facts = {"tick_age_seconds": _seconds(now - living[0].ticked_at), "schedulers": len(living)}
    if host or Leader.objects.filter(expires_at__gt=now).exists():
        detail = f"{len(living)} ticking, the last tick {facts['tick_age_seconds']} s ago"
        yield HealthFinding("scheduler", True, detail, facts=facts)
    else:
        yield HealthFinding(
            "scheduler",
            False,
            "ticking, but no scheduler holds the leader's lease",
            RESTART,
            facts=facts,
        )


def _silent(rows: list[Scheduler], now: datetime) -> HealthFinding:
    if not rows:
        return HealthFinding("scheduler", False, "no scheduler has ever run", START)
    last = rows[0]
    facts = {"tick_age_seconds": _seconds(now - last.ticked_at), "schedulers": 0}
    stamp = f"{last.ticked_at:%Y-%m-%d %H:%M:%SZ}"
    if last.stopped_at is not None:
        return HealthFinding(
            "scheduler", False, f"stopped; the last tick was at {stamp}", START, facts=facts
        )
    detail = f"has not ticked since {stamp}: it is hung or was killed"
    return HealthFinding(
        "scheduler", False, detail, RESTART, cause=f"the last one was {last.name}", facts=facts
    )


def _missed_after() -> timedelta:
    """A tick is told with each renewal of the lease, so it may be that much older than it looks."""
    numbers = conf.get()
    return timedelta(seconds=numbers.leader_lease_seconds + numbers.leader_renew_seconds)


def _seconds(age: timedelta) -> float:
    return round(max(0.0, age.total_seconds()), 1)
