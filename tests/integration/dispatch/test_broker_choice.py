"""A list of brokers is read in one way by whoever sends, asks and counts: the first that
answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from jobs.dispatch.brokers import choice
from jobs.dispatch.brokers.broker import BROKER_ERRORS, Broker
from jobs.dispatch.brokers.choice import App, choice_of
from jobs.queries.health import examine
from tests.support.eventually import eventually
from tests.support.redis import RedisServer


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer]]:
    pair = (RedisServer(tmp_path / "a", tcp=True), RedisServer(tmp_path / "b", tcp=True))
    for server in pair:
        server.start()
    yield pair
    for server in pair:
        server.stop()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "LOOK_SECONDS", 0.0)


def app_of(*servers: RedisServer, **options: Any) -> Celery:
    app = App("two", set_as_current=False)
    app.conf.update(
        broker_url=";".join(server.url for server in servers), broker_transport_options=options
    )
    return app


def length(server: RedisServer, key: str = "letters") -> int:
    with server.client() as client:
        return int(client.llen(key))


def publish(app: Celery) -> None:
    with Broker(app).batch_producer(1) as producer:
        producer.publish({}, routing_key="letters", declare=[app.amqp.queues["letters"]])


def test_the_first_that_answers_is_used_for_everything(
    two: tuple[RedisServer, RedisServer],
) -> None:
    first, second = two
    app = app_of(first, second)
    publish(app)
    app.send_task("x", queue="letters")
    assert (length(first), length(second)) == (2, 0)
    first.kill9()
    publish(app)
    app.send_task("x", queue="letters")
    assert length(second) == 2


def test_one_failure_is_enough_to_look_for_another(
    two: tuple[RedisServer, RedisServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "LOOK_SECONDS", 1_000.0)
    first, second = two
    app = app_of(first, second)
    publish(app)
    first.kill9()
    with pytest.raises(BROKER_ERRORS):
        publish(app)
    publish(app)
    assert length(second) == 1


def test_a_first_that_is_dead_from_the_start_is_passed_over(
    two: tuple[RedisServer, RedisServer],
) -> None:
    first, second = two
    first.kill9()
    app = app_of(first, second)
    Broker(app).reach()
    Broker(app).try_write()
    publish(app)
    app.send_task("x", queue="letters")
    pooled: Any = app.pool.acquire(block=True)
    with pooled as connection:
        assert connection.port == second.port
    assert length(second) == 2
    assert Broker(app).depth("letters") == 2


def test_everybody_comes_back_to_the_first(two: tuple[RedisServer, RedisServer]) -> None:
    first, second = two
    first.kill9()
    app = app_of(first, second)
    app.send_task("x", queue="letters")
    first.start()
    app.send_task("x", queue="letters")
    publish(app)
    assert (length(first), length(second)) == (2, 1)
    assert app.connection_for_read().port == first.port


def test_where_none_answers_the_error_is_the_brokers(two: tuple[RedisServer, RedisServer]) -> None:
    for server in two:
        server.kill9()
    with pytest.raises(BROKER_ERRORS):
        Broker(app_of(*two)).reach()


def test_a_standby_that_would_evict_is_told_of(two: tuple[RedisServer, RedisServer]) -> None:
    first, second = two
    app = app_of(first, second)
    assert Broker(app).eviction_policy() == "noeviction"
    with second.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    assert Broker(app).eviction_policy() == "allkeys-lru"


def test_what_waits_is_found_behind_a_prefix(two: tuple[RedisServer, RedisServer]) -> None:
    first, _ = two
    app = app_of(first, global_keyprefix="ours:")
    sent = app.send_task("x", queue="letters")
    held = app.send_task("x", queue="others")
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        assert channel.basic_get("others") is not None  # into the hands of a worker
        assert length(first, "ours:letters") == 1
        assert Broker(app).present(["letters", "others"]) == {sent.id, held.id}


@pytest.mark.parametrize(
    "url", ["redis://:secret@127.0.0.1:{port}/3", "redis+socket://:secret@{socket}?virtual_host=3"]
)
def test_passwords_and_databases_are_read_in_every_form(tmp_path: Path, url: str) -> None:
    server = RedisServer(tmp_path / "locked", tcp=True, arguments=("--requirepass", "secret"))
    server._answers = lambda: True  # type: ignore[method-assign]  # the test's own client has no password
    server.start()
    try:
        app = App("locked", set_as_current=False)
        app.conf.update(broker_url=url.format(port=server.port, socket=server.socket_path))
        eventually(choice_of(app).answering, seconds=10)
        publish(app)
        assert Broker(app).depth("letters") == 1
    finally:
        server.stop()


def test_doctor_is_content_with_a_list_whose_first_is_dead(
    broker: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = RedisServer(tmp_path / "dead", tcp=True)
    app = app_of(dead, broker)
    monkeypatch.setattr("jobs.queries.health.installation.broker.current_app", app)
    (first, *_) = examine(["broker"], answer_seconds=30)
    assert (first.ok, first.detail) == (True, "accepts messages")
