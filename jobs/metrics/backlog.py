"""What waits now, queue by queue, and what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily

from jobs.models import Alert, AlertKind, Miss, MissKind, Run, RunState
from jobs.queries.paging import capped_count
from jobs.queries.site.backlog import backlog

BY_QUEUE = (
    ("jobs_queue_waiting", "Runs that wait in the database, up to 1,001.", "waiting"),
    ("jobs_queue_published", "Runs whose message waits in the broker, up to 1,001.", "published"),
    (
        "jobs_queue_oldest_seconds",
        "For how long the run that is next in turn has been ready.",
        "oldest_seconds",
    ),
    ("jobs_queue_paused", "Whether somebody has paused the queue.", "is_paused"),
    ("jobs_queue_workers", "Live workers that consume the queue.", "workers"),
    (
        "jobs_queue_demand",
        "Worker processes that would begin what is there within target_wait_seconds.",
        "demand",
    ),
)


def backlog_metrics(now: datetime) -> Iterator[GaugeMetricFamily]:
    """A few bounded queries per queue in use."""
    queues = backlog(now=now)
    for name, about, field in BY_QUEUE:
        family = GaugeMetricFamily(name, about, labels=["queue"])
        for queue in queues:
            family.add_metric([queue.name], float(getattr(queue, field)))
        yield family
    running = capped_count(Run.objects.filter(state=RunState.RUNNING))
    yield GaugeMetricFamily("jobs_running", "Runs at work, up to 1,001.", value=running)
    dead = capped_count(Run.objects.dead_letters())
    yield GaugeMetricFamily(
        "jobs_dead_letters", "Failed runs that nobody has resolved, up to 1,001.", value=dead
    )
    yield _alerts()
    yield _misses()


def _misses() -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "jobs_misses", "Expectations not met, and no success since, up to 1,000.", labels=["kind"]
    )
    not_over = Counter(Miss.objects.filter(over_at=None).values_list("kind", flat=True)[:1000])
    for kind in MissKind:
        family.add_metric([kind.value], not_over[kind])
    return family


def _alerts() -> GaugeMetricFamily:
    family = GaugeMetricFamily("jobs_alerts", "Matters that need attention.", labels=["kind"])
    open_now = Counter(
        Alert.objects.filter(closed_at=None)
        .order_by("-opened_at")
        .values_list("kind", flat=True)[:1000]
    )
    for kind in AlertKind:
        family.add_metric([kind.value], open_now[kind])
    return family
