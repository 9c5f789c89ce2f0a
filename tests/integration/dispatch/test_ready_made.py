"""Ready-made messages: what reaches Redis is what kombu would have sent, and a worker's entrance
lets it in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import signals
from celery.events import EventReceiver
from django.utils import timezone

from jobs.dispatch.brokers.amqp import message_keys
from jobs.dispatch.brokers.broker import Broker
from jobs.dispatch.messages import learning
from jobs.dispatch.messages.message import by_kombu, send_runs
from jobs.dispatch.messages.outgoing import Outgoing, outgoing
from jobs.dispatch.messages.ready_made import send_ready_made
from jobs.dispatch.seal import is_sealed
from jobs.models import Run
from scheduler_site.celery import app
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer

NAMES = ['the "first" 100 % \\', "der zweite: ü", "third {} %s"]


@pytest.fixture(autouse=True)
def _nothing_learnt() -> Iterator[None]:
    learning._known.clear()
    yield
    learning._known.clear()


def some_runs() -> list[Outgoing]:
    """Of several kinds: with limits and without, of two queues, four priorities, first attempts and
    later ones.
    """
    limits = {
        "timeout_seconds": 30,
        "max_retries": 3,
        "retry_backoff_seconds": 7,
        "retry_jitter": True,
    }
    for number, name in enumerate(NAMES):
        job = make_job(name=name, **(limits if number else {}))
        for priority in (-10, 0, 10, 20):
            run = make_run(job, priority=priority, queue=f"queue {number % 2}", failures=number)
            Run.objects.filter(pk=run.pk).update(
                publish_count=number + 1, published_at=timezone.now()
            )
    return outgoing(Run.objects.order_by("id"))


def stored(broker: RedisServer) -> dict[str, list[Any]]:
    """What each list holds, but for the delivery tags, which kombu makes anew each time."""
    with broker.client() as client:
        lists = {key: client.lrange(key, 0, -1) for key in client.keys("queue*")}
    found = {key: [json.loads(text) for text in texts] for key, texts in lists.items()}
    for message in (message for messages in found.values() for message in messages):
        assert message["properties"].pop("delivery_tag")
    return found


def test_what_reaches_the_broker_is_what_kombu_sends(broker: RedisServer) -> None:
    runs, ours = some_runs(), Broker(app)
    with ours.batch_producer(len(runs)) as producer:
        assert send_ready_made(ours, producer, runs, by_kombu) == []
    ready_made = stored(broker)
    broker.flush()
    with ours.batch_producer(len(runs)) as producer:
        by_kombu(ours, producer, runs)
    assert ready_made == stored(broker)
    assert sum(len(messages) for messages in ready_made.values()) == len(runs)


def test_each_is_sealed_and_has_a_delivery_tag_of_its_own(broker: RedisServer) -> None:
    runs = some_runs()
    send_runs(Broker(app), runs)
    with broker.client() as client:
        found = [
            json.loads(text) for key in client.keys("queue*") for text in client.lrange(key, 0, -1)
        ]
    assert len({message["properties"]["delivery_tag"] for message in found}) == len(runs)
    for message in found:
        content = (message["content-type"], message["content-encoding"])
        assert is_sealed(
            message_keys(), message["headers"], base64.b64decode(message["body"]), content
        )


def test_a_kind_is_learnt_once_and_the_examples_are_not_sent(broker: RedisServer) -> None:
    job = make_job()
    for _ in range(2):
        make_run(job, queue="queue 0")
    send_runs(Broker(app), outgoing(Run.objects.order_by("id")))
    assert len(learning._known) == 1
    assert all(learning._known.values())
    assert [len(messages) for messages in stored(broker).values()] == [2]


def test_monitors_hear_of_each_message(broker: RedisServer) -> None:
    heard: list[dict[str, Any]] = []
    runs = some_runs()
    with app.connection_for_read() as connection:
        receiver = EventReceiver(connection, handlers={"task-sent": heard.append}, app=app)
        capturing = receiver.itercapture(timeout=10, wakeup=False)
        next(capturing)
        send_runs(Broker(app), runs)
        while len(heard) < len(runs):
            next(capturing)
    assert {event["uuid"] for event in heard} == {run.message_id for run in runs}


def test_whoever_listens_to_each_message_hears_of_it(broker: RedisServer) -> None:
    told: list[str] = []

    def note(headers: dict[str, Any], **_: Any) -> None:
        told.append(headers["id"])
        headers["x-traced"] = "yes"

    runs = some_runs()
    signals.before_task_publish.connect(note)
    try:
        send_runs(Broker(app), runs)
    finally:
        signals.before_task_publish.disconnect(note)
    assert told == [run.message_id for run in runs]
    messages = [message for found in stored(broker).values() for message in found]
    assert {message["headers"]["x-traced"] for message in messages} == {"yes"}


def test_a_message_of_another_form_is_left_to_kombu(
    broker: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    ours, runs = Broker(app), some_runs()[:1]

    def twice(broker: Any, producer: Any, some: Any) -> None:
        for run in some:
            by_kombu(broker, producer, [run, run])

    with ours.batch_producer(1) as producer:
        assert send_ready_made(ours, producer, runs, twice) == runs
    assert "are made one by one" in caplog.text
    assert stored(broker) == {}


def test_a_message_that_differs_from_its_pattern_is_left_to_kombu(broker: RedisServer) -> None:
    ours, runs = Broker(app), some_runs()[:1]

    def odd(broker: Any, producer: Any, some: Any) -> None:
        by_kombu(
            broker, producer, [run._replace(task=f"{run.task} {run.publish_count}") for run in some]
        )

    with ours.batch_producer(1) as producer:
        assert send_ready_made(ours, producer, runs, odd) == runs
