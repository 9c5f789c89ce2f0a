"""How events of runs reach the broker."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from kombu.asynchronous.timer import Timer

from jobs.execution.consumer.event_batches import EventBatches
from scheduler_site.celery import app
from tests.support.eventually import eventually
from tests.support.redis import RedisServer

KINDS = ("task-received", "task-started", "task-succeeded")


@pytest.fixture
def heard(broker: RedisServer) -> Iterator[Any]:
    """Returns the messages on the events' exchange so far, each the types of its events."""
    with broker.client() as client, client.pubsub() as subscription:
        subscription.psubscribe("*celeryev*")
        messages: list[list[str]] = []

        def listen() -> list[list[str]]:
            while told := subscription.get_message(timeout=0.1):
                if told["type"] == "pmessage":
                    messages.append(_types(json.loads(told["data"])))
            return messages

        listen()
        yield listen


def _types(message: Any) -> list[str]:
    body = json.loads(base64.b64decode(message["body"]))
    return [event["type"] for event in (body if isinstance(body, list) else [body])]


@pytest.fixture
def consumer(broker: RedisServer) -> Iterator[Any]:
    with app.connection_for_write() as connection:
        dispatcher = app.events.Dispatcher(
            connection, buffer_group=["task"], on_send_buffered=lambda: None
        )
        yield SimpleNamespace(event_dispatcher=dispatcher, timer=Timer())


def test_events_of_a_while_are_one_message(consumer: Any, heard: Any) -> None:
    step = EventBatches(consumer)
    step.start(consumer)

    for kind in KINDS * 20:
        consumer.event_dispatcher.send(kind, uuid="1")
    assert heard() == []
    run_timers(consumer)

    eventually(lambda: heard() == [list(KINDS * 20)], seconds=5)
    consumer.event_dispatcher.send("task-failed", uuid="2")
    run_timers(consumer)
    eventually(lambda: heard()[1:] == [["task-failed"]], seconds=5)


def test_what_was_not_sent_when_the_worker_ends_is_sent_then(consumer: Any, heard: Any) -> None:
    step = EventBatches(consumer)
    step.start(consumer)
    consumer.event_dispatcher.send("task-succeeded", uuid="1")

    step.stop(consumer)
    step.shutdown(consumer)

    eventually(lambda: heard() == [["task-succeeded"]], seconds=5)


def test_after_a_reconnect_the_new_dispatcher_is_paced_too(consumer: Any, heard: Any) -> None:
    step = EventBatches(consumer)
    step.start(consumer)
    consumer.event_dispatcher.send("task-received", uuid="1")
    step.stop(consumer)
    step.start(consumer)

    consumer.event_dispatcher.send("task-started", uuid="1")
    run_timers(consumer)

    eventually(lambda: heard() == [["task-received", "task-started"]], seconds=5)


def run_timers(consumer: Any) -> None:
    """What the event loop does when the next timer is due."""

    def is_run() -> bool:
        _, entry = next(iter(consumer.timer))
        if entry:
            entry()
        return bool(entry)

    eventually(is_run, seconds=5, every=0.02)
