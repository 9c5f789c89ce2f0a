"""What our app sends lies sealed in a real Redis, however it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from celery import Celery, signals
from django.core.exceptions import ImproperlyConfigured
from kombu.transport.virtual import Message
from kombu.utils.json import loads

from jobs.dispatch.brokers.amqp import _Sealing, message_keys
from jobs.dispatch.brokers.choice import App
from jobs.dispatch.seal import HEADER, is_sealed
from tests.support.redis import RedisServer

KEYS = ["first" * 10, "second" * 10]


@pytest.fixture
def app(broker: RedisServer, settings: Any) -> Iterator[Celery]:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"message_keys": KEYS}
    made = App("sealing", set_as_current=False)
    made.conf.update(broker_url=broker.url, task_send_sent_event=True)
    yield made
    made.close()


def received(app: Celery, queue: str = "letters") -> Any:
    """The message as a worker gets it."""
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        message = channel.basic_get(queue, no_ack=True)
    assert message
    return message


def is_ours(message: Any, *keys: str) -> bool:
    return is_sealed(
        keys, message.headers, message.body, (message.content_type, message.content_encoding)
    )


def test_a_task_that_is_sent_is_sealed_with_the_first_key(app: Celery) -> None:
    app.send_task(
        "x", args=[1, "ä"], kwargs={"to": datetime(2026, 11, 30, tzinfo=UTC)}, queue="letters"
    )
    message = received(app)
    assert is_ours(message, KEYS[0])
    assert not is_ours(message, KEYS[1])
    assert message.payload[0] == [1, "ä"]


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "zlib"},
        {"headers": {"tenant": "café", "at": datetime(2026, 11, 30, tzinfo=UTC), "pair": (1, 2.5)}},
        {"countdown": 60, "expires": 120},
        {"link": [{"task": "y", "args": [], "kwargs": {}, "options": {}}]},
        {"stamped_headers": ["batch"], "batch": ["a", "b"]},
        {"priority": 3},
    ],
    ids=str,
)
def test_with_whatever_options_it_is_sent(app: Celery, options: dict[str, Any]) -> None:
    app.send_task("x", queue="letters", **options)
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        keys = [
            key for key in channel.client.keys("letters*") if channel.client.type(key) == b"list"
        ]
        raw = loads(channel.client.lpop(keys[0]))
        assert is_ours(Message(raw, channel=channel), KEYS[0])


def test_what_hangs_on_a_task_is_under_its_seal(app: Celery) -> None:
    app.send_task("x", queue="letters", chain=[dict(app.signature("y"))])
    message = received(app)
    assert is_ours(message, KEYS[0])
    assert [link["task"] for link in message.payload[2]["chain"]] == ["y"]


def test_headers_that_a_signal_adds_are_under_the_seal(app: Celery) -> None:
    with adding({"traceparent": "00-1-2-01"}):
        app.send_task("x", queue="letters")
    message = received(app)
    assert message.headers["traceparent"] == "00-1-2-01"
    assert is_ours(message, KEYS[0])
    message.headers["traceparent"] = "00-3-4-01"
    assert not is_ours(message, KEYS[0])


@contextmanager
def adding(more: dict[str, Any]) -> Iterator[None]:
    def add(headers: dict[str, Any], **_: Any) -> None:
        headers |= more

    signals.before_task_publish.connect(add, weak=False)
    try:
        yield
    finally:
        signals.before_task_publish.disconnect(add)


def test_the_first_protocol_is_sealed_as_well(app: Celery) -> None:
    app.conf.task_protocol = 1
    app.send_task("x", queue="letters")
    message = received(app)
    assert message.payload["task"] == "x"
    assert is_ours(message, KEYS[0])


def test_a_message_that_goes_back_to_its_queue_keeps_its_seal(app: Celery) -> None:
    app.send_task("x", queue="letters", compression="zlib")
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        message = channel.basic_get("letters")
        message.requeue()
    assert is_ours(received(app), KEYS[0])


class Producer:
    """Keeps what it is given to send."""

    def publish(self, body: Any, **options: Any) -> None:
        self.sent = (body, options)


def test_what_goes_through_the_same_producer_beside_the_message_is_left_as_it_is() -> None:
    producer, headers = Producer(), {"task": "x"}
    _Sealing(producer, headers).publish(
        {"type": "task-sent"}, headers={"hostname": "h"}, serializer="json"
    )
    assert producer.sent == (
        {"type": "task-sent"},
        {"headers": {"hostname": "h"}, "serializer": "json"},
    )
    _Sealing(producer, headers).publish([[], {}, {}], headers=headers, serializer="json")
    assert HEADER in headers


def test_without_a_key_nothing_is_sent(app: Celery, settings: Any) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"message_keys": []}
    with pytest.raises(ImproperlyConfigured, match="message_keys"):
        app.send_task("x", queue="letters")
    with pytest.raises(ImproperlyConfigured):
        message_keys()
