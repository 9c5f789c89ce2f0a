"""What the pools have, what of it is in use, and what waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily

from jobs.access.actor import SYSTEM
from jobs.queries.pools import pool_loads


def pool_metrics(now: datetime) -> Iterator[GaugeMetricFamily]:
    """Three queries, and a bounded one for each pool.

    A limit that a pool does not have is not exported.
    """
    slots = GaugeMetricFamily(
        "jobs_pool_slots", "Runs that the pool lets run at once.", labels=["pool"]
    )
    labels = ["pool", "resource"]
    used = GaugeMetricFamily(
        "jobs_pool_used", "What the pool's published and running runs take.", labels=labels
    )
    waiting = GaugeMetricFamily(
        "jobs_pool_waiting", "Runs that are due and wait, up to 1,001.", labels=["pool"]
    )
    for load in pool_loads(actor=SYSTEM, now=now):
        name = load.pool.name
        if load.pool.slots is not None:
            slots.add_metric([name], load.pool.slots)
        for resource, taken in load.used.items():
            used.add_metric([name, resource], taken)
        waiting.add_metric([name], load.waiting)
    yield from (slots, used, waiting)
