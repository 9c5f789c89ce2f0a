"""What channels took, what they did not take, and what waits for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from jobs.models import Channel, Notice, NoticeState

MOST = 1_001


def notice_metrics(now: datetime) -> Iterator[Metric]:
    """Two queries, whatever there is."""
    labels = ["channel"]
    sent = CounterMetricFamily("jobs_notices_sent", "Messages that were taken.", labels=labels)
    failed = CounterMetricFamily("jobs_notices_failed", "Tries that failed.", labels=labels)
    waits = GaugeMetricFamily("jobs_notices_waiting", "Notices, up to 1,001.", labels=labels)
    since = GaugeMetricFamily(
        "jobs_channel_failing_seconds", "Since the first of the failed tries.", labels=labels
    )
    waiting = _waiting()
    for channel in Channel.objects.order_by("name").defer("sealed"):
        name = [channel.name]
        sent.add_metric(name, channel.sent_count)
        failed.add_metric(name, channel.failed_count)
        waits.add_metric(name, waiting[channel.name])
        began = channel.failing_since
        since.add_metric(name, (now - began).total_seconds() if began else 0)
    yield from (sent, failed, waits, since)


def _waiting() -> Counter[str]:
    rows = Notice.objects.filter(state=NoticeState.WAITING).order_by("next_at")
    return Counter(rows.values_list("channel_name", flat=True)[:MOST])
