"""How far the consumers of Kafka topics are behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily

from jobs.models import KafkaPartition

SHOWN_FOR = timedelta(hours=24)
MOST = 1_000


def kafka_metrics(now: datetime) -> Iterator[GaugeMetricFamily]:
    """One query. A partition that no consumer has had for a day is shown no longer."""
    labels = ["group", "topic", "partition"]
    lag = GaugeMetricFamily("jobs_kafka_lag", "Messages that are no runs yet.", labels=labels)
    age = GaugeMetricFamily(
        "jobs_kafka_seen_age_seconds", "Since a consumer last said so.", labels=labels
    )
    seen = KafkaPartition.objects.filter(seen_at__gt=now - SHOWN_FOR)
    for row in seen.order_by("group", "topic", "partition")[:MOST]:
        place = [row.group, row.topic, str(row.partition)]
        lag.add_metric(place, row.lag)
        age.add_metric(place, max(0.0, (now - row.seen_at).total_seconds()))
    yield lag
    yield age
