"""KafkaPartition: how far a consumer group has read one partition of a topic."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class KafkaPartition(models.Model):
    """Written by whoever reads it at the moment. Where reading goes on, the cluster decides."""

    group = models.CharField(max_length=255)
    topic = models.CharField(max_length=249)
    partition = models.PositiveIntegerField()
    offset = models.PositiveBigIntegerField(help_text="The next message to read.")
    end = models.PositiveBigIntegerField(help_text="The next message to be written.")
    seen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "topic", "partition"], name="kafka_partition_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.topic}/{self.partition}"

    @property
    def lag(self) -> int:
        """Messages that are there and not taken yet."""
        return max(0, self.end - self.offset)
