"""How far a group of consumers is behind, partition by partition: rows that the metrics read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jobs.models import KafkaPartition

ASK_SECONDS = 1.0


@dataclass
class PartitionProgress:
    """Of one consumer; ``done``: the next offset to read of each partition, once a message of it
    was taken.
    """

    group: str
    topic: str
    done: dict[int, int] = field(default_factory=dict)

    def write(self, consumer: Any, *, now: datetime) -> None:
        """Write where this consumer's partitions stand.

        Raises the cluster's errors and the database's.
        """
        for partition in consumer.assignment():
            low, high = consumer.get_watermark_offsets(partition, timeout=ASK_SECONDS)
            done = self.done.get(partition.partition)
            if done is None:
                [committed] = consumer.committed([partition], timeout=ASK_SECONDS)
                done = committed.offset if committed.offset >= 0 else low
            self._save(partition.partition, {"offset": done, "end": high, "seen_at": now})

    def _save(self, partition: int, values: Mapping[str, Any]) -> None:
        KafkaPartition.objects.update_or_create(
            group=self.group, topic=self.topic, partition=partition, defaults=dict(values)
        )
