"""One scrape."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from jobs.metrics.backlog import backlog_metrics
from jobs.metrics.counters import counters
from jobs.metrics.fleet import fleet_metrics
from jobs.metrics.histograms import histograms
from jobs.metrics.kafka import kafka_metrics
from jobs.metrics.notices import notice_metrics
from jobs.metrics.pools import pool_metrics

__all__ = ["CONTENT_TYPE", "exposition"]


def exposition(*, now: datetime) -> bytes:
    """All metrics as text; ``now`` is the database's time. Raises the database's errors."""
    registry = CollectorRegistry()
    registry.register(_Installation(now))
    return generate_latest(registry)


class _Installation(Collector):
    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        yield from counters()
        yield from histograms()
        yield from backlog_metrics(self.now)
        yield from fleet_metrics(self.now)
        yield from pool_metrics(self.now)
        yield from kafka_metrics(self.now)
        yield from notice_metrics(self.now)

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask the database."""
        return []
