"""What Redis is told of the messages that a worker has taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from kombu import Connection, Consumer

from jobs.dispatch.brokers.broker import Broker
from jobs.dispatch.publish import publish_ready
from jobs.execution.consumer.sparing import SparingQoS
from scheduler_site.celery import app
from tests.support.builders import make_run
from tests.support.redis import RedisServer

QUEUE = "default"


@pytest.fixture
def connection(broker: RedisServer) -> Iterator[Connection]:
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        channel.QoS = SparingQoS
        yield connection


def take(connection: Connection) -> Any:
    """The next message, in the hands of a consumer as a worker's."""
    taken: list[Any] = []
    with Consumer(connection.default_channel, [app.amqp.queues[QUEUE]], on_message=taken.append):
        connection.drain_events(timeout=5)
    [message] = taken
    return message


def noted(broker: RedisServer) -> int:
    with broker.client() as client:
        assert client.hlen("unacked") == client.zcard("unacked_index")
        return int(client.hlen("unacked"))


def waiting(broker: RedisServer) -> int:
    with broker.client() as client:
        return sum(client.llen(key) for key in client.scan_iter() if client.type(key) == "list")


def publish_run() -> str:
    run = make_run()
    publish_ready(now=timezone.now())
    return f"{run.pk}.1"


def test_a_runs_message_is_taken_and_done_with_without_a_note(
    connection: Connection, broker: RedisServer
) -> None:
    task_id = publish_run()

    message = take(connection)

    assert message.headers["id"] == task_id
    assert (noted(broker), waiting(broker)) == (0, 0)
    message.ack()
    assert (noted(broker), waiting(broker)) == (0, 0)


def test_a_plain_tasks_message_is_noted_until_it_is_done_with(
    connection: Connection, broker: RedisServer
) -> None:
    app.send_task("EchoTask", queue=QUEUE)

    message = take(connection)

    assert noted(broker) == 1
    message.ack()
    assert (noted(broker), waiting(broker)) == (0, 0)


def test_what_stays_in_a_workers_hands_is_noted_until_it_is_done_with(
    connection: Connection, broker: RedisServer
) -> None:
    task_id = publish_run()
    message = take(connection)
    assert Broker(app).present([QUEUE]) == set()

    for _ in range(2):
        message.channel.qos.record()
        assert noted(broker) == 1
    assert Broker(app).present([QUEUE]) == {task_id}

    message.ack()
    assert noted(broker) == 0


@pytest.mark.parametrize("is_recorded", [False, True])
def test_a_message_that_is_given_back_waits_again(
    connection: Connection, broker: RedisServer, is_recorded: bool
) -> None:
    task_id = publish_run()
    message = take(connection)
    if is_recorded:
        message.channel.qos.record()

    message.requeue()

    assert (noted(broker), waiting(broker)) == (0, 1)
    again = take(connection)
    assert again.headers["id"] == task_id
    again.ack()


def test_a_message_that_is_refused_is_gone(connection: Connection, broker: RedisServer) -> None:
    publish_run()

    take(connection).reject()

    assert (noted(broker), waiting(broker)) == (0, 0)


def test_a_worker_that_ends_in_order_leaves_what_it_did_not_begin(
    connection: Connection, broker: RedisServer
) -> None:
    publish_run()
    begun = take(connection)
    begun.ack()
    task_id = publish_run()
    take(connection)

    channel: Any = connection.default_channel
    channel.close()

    assert (noted(broker), waiting(broker)) == (0, 1)
    assert Broker(app).present([QUEUE]) == {task_id}
