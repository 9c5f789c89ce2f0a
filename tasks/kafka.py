"""Kafka: put a message into a topic; and keep one aside that could not become a run."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Annotated, Any

from celery import shared_task
from celery.utils.log import get_task_logger
from django.conf import settings
from pydantic import Field

logger = get_task_logger(__name__)

POLL_SECONDS = 0.1
# The properties of a consumer; the others are what any client is told.
OF_CONSUMERS = frozenset({"job.topic", "consumer.group.id"})


class NotDelivered(Exception):
    """The cluster has refused the message, or has not said within the time that it holds it."""


class KeptAside(Exception):
    """The reason for which a message became no run."""


@shared_task(name="KafkaProduce")
def kafka_produce(
    topic: Annotated[
        str, Field(min_length=1, max_length=249, description="The topic to write to.")
    ],
    value: Annotated[
        Any, Field(description="A text, sent as it is; any other JSON value is sent as JSON.")
    ],
    key: Annotated[
        str, Field(description="Messages with the same key go to one partition; empty: none.")
    ] = "",
    headers: Annotated[dict[str, str] | None, Field(description="Headers of the message.")] = None,
    timeout_seconds: Annotated[
        float, Field(gt=0, le=3600, description="For the delivery as a whole.")
    ] = 30.0,
) -> dict[str, Any]:
    """Put one message into a Kafka topic and wait until all in-sync replicas have it.

    Returns ``{"topic", "partition", "offset"}``. Where Kafka is, KAFKA_PROPERTIES says.
    """
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )
    message = {
        "value": text.encode(),
        "key": key.encode() or None,
        "headers": list((headers or {}).items()) or None,
    }
    report = deliver(cluster_settings(), topic, message, timeout_seconds)
    result = {"topic": topic, "partition": report.partition(), "offset": report.offset()}
    logger.info("message %s/%s/%s written", *result.values())
    return result


@shared_task(name="KafkaAside")
def kafka_aside(
    reason: Annotated[str, Field(description="Why the message became no run.")],
    topic: Annotated[str, Field(description="Where it was read.")] = "",
    partition: Annotated[int, Field(description="Its partition.")] = 0,
    offset: Annotated[int, Field(description="Its offset.")] = 0,
    key: Annotated[str, Field(description="Its key.")] = "",
    value: Annotated[str, Field(description="Its value, up to 20,000 characters.")] = "",
) -> None:
    """Fail with the reason, so that a message which could not become a run is a dead letter."""
    raise KeptAside(f"{topic}/{partition}/{offset}: {reason}")


def cluster_settings() -> dict[str, str]:
    """Of librdkafka, from the operator's properties; raises ValueError where there are none."""
    found: Mapping[str, str] = getattr(settings, "BEATWRIGHT", {}).get("kafka", {})
    if not found:
        raise ValueError("KAFKA_PROPERTIES names no file, so where Kafka is is not known")
    return {name: value for name, value in found.items() if name not in OF_CONSUMERS}


def deliver(client: Mapping[str, str], topic: str, message: dict[str, Any], seconds: float) -> Any:
    """What the cluster reports of the message; raises NotDelivered.

    No other process and no later call has a part.
    """
    try:
        library: Any = import_module("confluent_kafka")  # an extra
    except ImportError:
        raise NotDelivered(
            "confluent-kafka is missing here (pip install -r requirements-kafka.txt)"
        ) from None
    reports: list[tuple[Any, Any]] = []
    own = {"acks": "all", "enable.idempotence": True, "delivery.timeout.ms": round(seconds * 1000)}
    try:
        producer = library.Producer({**client, **own}, logger=logger)
        producer.produce(
            topic, **message, on_delivery=lambda error, report: reports.append((error, report))
        )
        _wait(producer, reports, seconds)
    except library.KafkaException as error:
        raise NotDelivered(str(error)) from error
    [(refusal, report)] = reports
    if refusal is not None:
        raise NotDelivered(refusal.str())
    return report


def _wait(producer: Any, reports: list[tuple[Any, Any]], seconds: float) -> None:
    """By a clock of ours: whatever the library waits for, this ends."""
    until = time.monotonic() + seconds
    while not reports and time.monotonic() < until:
        producer.poll(POLL_SECONDS)
    if not reports:
        producer.purge(blocking=False)
        raise NotDelivered(
            f"no acknowledgement within {seconds:g} s: whether the topic has the message is "
            "not known"
        )
