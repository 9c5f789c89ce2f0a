"""The loop: read a batch, write its rows, commit its offsets.

In that order, so that a crash between the two reads the batch again, and each of its messages finds
the run it has made.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.db import close_old_connections

from jobs.dispatch.clock import database_now
from jobs.kafka.intake import Intake
from jobs.kafka.lag import PartitionProgress
from jobs.kafka.messages import Received
from jobs.kafka.properties import GROUP, TOPIC, client_settings
from jobs.lifecycle.connections import TRANSIENT, persist

logger = logging.getLogger(__name__)

OWN_GROUP = "beatwright"
BATCH = 100
WAIT_SECONDS = 0.5
LAG_SECONDS = 5.0
DATABASE_PATIENCE_SECONDS = (
    120.0  # less than max.poll.interval.ms, after which another consumer is given the messages
)


class CannotConsume(Exception):
    """The cluster refuses for good."""


@dataclass(frozen=True)
class Source:
    """Where to read; ``settings`` are librdkafka's."""

    topic: str
    group: str
    settings: Mapping[str, str]
    idle_exit: float | None = None  # end after so many seconds without a message


def source_of(
    properties: Mapping[str, str], topic: str, group: str, idle_exit: float | None
) -> Source:
    """From what the operator says in a file and what a command says besides, which wins; raises
    CannotConsume.
    """
    if not properties:
        raise CannotConsume("where is Kafka? Set KAFKA_PROPERTIES, or give --properties FILE")
    topic = topic or properties.get(TOPIC, "")
    if not topic:
        raise CannotConsume(f"which topic? Give --topic, or {TOPIC} in the properties")
    group = group or properties.get(GROUP, "") or OWN_GROUP
    return Source(topic, group, client_settings(properties), idle_exit)


def consume(place: Source, intake: Intake, stopping: threading.Event) -> Counter[str]:
    """Read the topic until ``stopping`` is set; returns how many messages became what.

    Raises CannotConsume, ImportError without the extra, and the database's error once it has been
    away for long.
    """
    library: Any = import_module("confluent_kafka")  # an extra
    own = {
        "group.id": place.group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "allow.auto.create.topics": False,
    }
    try:
        consumer = library.Consumer({**place.settings, **own}, logger=logger)
        reader = _Reader(library, consumer, place, intake)
        consumer.subscribe([place.topic], on_assign=reader.assigned, on_revoke=reader.revoked)
    except library.KafkaException as error:
        raise CannotConsume(str(error)) from error
    try:
        while not (stopping.is_set() or reader.is_idle()):
            reader.turn()
    finally:
        consumer.close()
    return reader.counts


class _Reader:
    """One consumer's turns, and what it keeps between them."""

    def __init__(self, library: Any, consumer: Any, place: Source, intake: Intake) -> None:
        self.library, self.consumer, self.place, self.intake = library, consumer, place, intake
        self.progress = PartitionProgress(place.group, place.topic)
        self.counts: Counter[str] = Counter()
        self.lag_at = 0.0
        self.quiet_since: float | None = None

    def turn(self) -> None:
        """Read a batch, write its rows, commit its offsets."""
        batch = list(_messages(self.consumer.consume(BATCH, timeout=WAIT_SECONDS)))
        close_old_connections()
        for message in batch:
            self.counts[_take(self.intake, message)] += 1
            self.progress.done[message.partition] = message.offset + 1
        self.commit(batch)
        if batch:
            self.quiet_since = time.monotonic()
            logger.info("%d messages of %s taken", len(batch), self.place.topic)
        if time.monotonic() >= self.lag_at:
            self.write_lag()
            self.lag_at = time.monotonic() + LAG_SECONDS

    def commit(self, batch: Iterable[Received]) -> None:
        """Too late where the partition is another consumer's by now, which costs that one a second
        look.
        """
        read = {(message.topic, message.partition): message.offset + 1 for message in batch}
        offsets = [self.library.TopicPartition(*place, offset) for place, offset in read.items()]
        if not offsets:
            return
        try:
            self.consumer.commit(offsets=offsets, asynchronous=False)
        except self.library.KafkaException as error:
            logger.warning("not committed; what is read again makes no second run: %s", error)

    def write_lag(self) -> None:
        try:
            self.progress.write(self.consumer, now=database_now())
        except (self.library.KafkaException, *TRANSIENT) as error:
            logger.warning("the lag is not known at present: %s", error)

    def is_idle(self) -> bool:
        """Whether it has had partitions, and no message of them, for as long as it was told to
        wait.
        """
        if self.place.idle_exit is None or self.quiet_since is None:
            return False
        return time.monotonic() - self.quiet_since > self.place.idle_exit

    def assigned(self, _: Any, partitions: Iterable[Any]) -> None:
        self.quiet_since = time.monotonic()
        logger.info("reading the partitions %s", sorted(each.partition for each in partitions))

    def revoked(self, _: Any, partitions: Iterable[Any]) -> None:
        """Where they stand is from now on for others to say."""
        for each in partitions:
            self.progress.done.pop(each.partition, None)


def _take(intake: Intake, message: Received) -> str:
    """Waits for a database that is away; the next one to read the message finds what has been
    written.
    """
    return persist(
        lambda: intake.take(message, now=database_now()), patience_seconds=DATABASE_PATIENCE_SECONDS
    ).value


def _messages(batch: Iterable[Any]) -> Iterable[Received]:
    for message in batch:
        error = message.error()
        if error is None:
            place = (message.topic(), message.partition(), message.offset(), message.timestamp()[1])
            yield Received(*place, key=message.key(), value=message.value())
        elif error.fatal():
            raise CannotConsume(error.str())
        else:
            logger.warning("the cluster says: %s", error.str())
