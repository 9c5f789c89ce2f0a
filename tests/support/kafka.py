"""librdkafka's mock cluster: real Kafka clients over real sockets, and a cluster without disks.

It lives in the process that owns it, so one is started for it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.support.eventually import eventually
from tests.support.processes import Process, clean_environment

OWNER = """
import signal
from confluent_kafka import Producer
owner = Producer({"bootstrap.servers": "none", "test.mock.num.brokers": "3", "log_level": 0})
brokers = owner.list_topics(timeout=30).brokers.values()
print("bootstrap", ",".join(f"{one.host}:{one.port}" for one in brokers), flush=True)
signal.pause()
"""


class KafkaCluster:
    """Three brokers; a topic has four partitions, made when it is first written to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-c", OWNER]
        self.process = Process(command, env=clean_environment(), log_path=folder / "kafka.log")
        self.process.wait_for_log("bootstrap ")
        lines = self.process.log().splitlines()
        self.servers = next(line.split()[1] for line in lines if line.startswith("bootstrap "))

    def properties(self, *lines: str) -> Path:
        """The file that leads here, as gsched has it, with further ``lines``."""
        path = self.folder / "kafka.properties"
        path.write_text(
            "\n".join(["# where Kafka is", f"bootstrap.servers={self.servers}", *lines, ""])
        )
        return path

    def write(self, topic: str, *values: Any, key: str = "", partition: int = 0) -> None:
        """Put messages into one partition, in this order: bytes as they are, None as none, else
        JSON.
        """
        producer = Producer({"bootstrap.servers": self.servers, "log_level": 0})
        for value in values:
            raw = value if isinstance(value, bytes | None) else json.dumps(value).encode()
            producer.produce(topic, raw, key=key or None, partition=partition)
        assert producer.flush(30) == 0

    def read(self, topic: str, count: int) -> list[tuple[bytes | None, bytes | None, int, int]]:
        """Key, value, partition and offset of what is in a topic, once so many messages are."""
        client = {"bootstrap.servers": self.servers, "group.id": "reader", "log_level": 0}
        consumer = Consumer(client | {"auto.offset.reset": "earliest", "enable.auto.commit": False})
        consumer.assign([TopicPartition(topic, partition, 0) for partition in range(4)])
        found: list[tuple[bytes | None, bytes | None, int, int]] = []

        def all_there() -> bool:
            there = (each for each in consumer.consume(count, timeout=0.5) if each.error() is None)
            found.extend(
                (each.key(), each.value(), each.partition() or 0, each.offset() or 0)
                for each in there
            )
            return len(found) >= count

        try:
            eventually(all_there, seconds=30)
        finally:
            consumer.close()
        return found

    def committed(self, topic: str, group: str) -> dict[int, int]:
        """Where the group goes on, by partition."""
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group, "log_level": 0})
        try:
            places = consumer.committed(
                [TopicPartition(topic, number) for number in range(4)], timeout=30
            )
        finally:
            consumer.close()
        return {place.partition: place.offset for place in places if place.offset >= 0}

    def close(self) -> None:
        self.process.kill_all()
