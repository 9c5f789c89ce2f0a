"""Publishing: mark, commit, send; at most a window in the broker; nothing lost when it is away."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs import events
from jobs.dispatch.brokers.broker import hold
from jobs.dispatch.brokers.gate import BrokerUnavailable
from jobs.dispatch.clock import database_now
from jobs.dispatch.publish import publish_ready, publish_runs
from jobs.maintenance.reconcile import Reconcile
from jobs.models import Run, RunState
from scheduler_site.celery import app
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer
from tests.support.threads import at_once

NORMAL = "default\x06\x168"


def messages(broker: RedisServer, queue: str = "default") -> list[dict[str, object]]:
    """Headers of the messages in the order in which a worker takes them: best priority first, then
    first in.
    """
    steps = ("", *(f"\x06\x16{step}" for step in range(1, 10)))
    with broker.client() as client:
        raw = [item for step in steps for item in reversed(client.lrange(f"{queue}{step}", 0, -1))]
    return [json.loads(item)["headers"] for item in raw]


def test_a_ready_run_gets_a_message_that_names_task_run_and_publish_number(
    broker: RedisServer,
) -> None:
    run = make_run(make_job(name="nightly", max_retries=3))
    assert publish_ready(now=timezone.now()) == 1
    run.refresh_from_db()
    assert run.publish_count == 1
    assert run.published_at is not None
    (headers,) = messages(broker)
    assert (headers["id"], headers["task"]) == (f"{run.pk}.1", "beatwright.run")
    assert headers["beatwright_task"] == "EchoTask"
    assert (
        headers["beatwright_run"],
        headers["beatwright_publish"],
        headers["beatwright_max_retries"],
    ) == (str(run.pk), 1, 3)
    assert headers["periodic_task_name"] == "nightly"


def test_a_published_run_is_not_published_again(broker: RedisServer) -> None:
    make_run()
    publish_ready(now=timezone.now())
    assert publish_ready(now=timezone.now()) == 0
    assert len(messages(broker)) == 1


def test_a_run_is_not_published_before_it_is_available(broker: RedisServer) -> None:
    now = timezone.now()
    make_run(available_at=now + timedelta(seconds=5))
    assert publish_ready(now=now) == 0
    assert publish_ready(now=now + timedelta(seconds=6)) == 1


def test_at_most_a_window_of_messages_per_queue_is_in_the_broker(broker: RedisServer) -> None:
    for _ in range(7):
        make_run()
    make_run(make_job(queue="mail"))
    assert publish_ready(now=timezone.now(), window=5) == 6
    assert publish_ready(now=timezone.now(), window=5) == 0
    Run.objects.filter(publish_count=1, queue="default").update(state=RunState.RUNNING)
    assert publish_ready(now=timezone.now(), window=5) == 2


def test_a_full_window_is_open_to_what_matters_more(broker: RedisServer) -> None:
    now = timezone.now()
    for _ in range(7):
        make_run(scheduled_for=now - timedelta(minutes=1))
    assert publish_ready(now=now, window=5) == 5
    mattering = [make_run(priority=priority) for priority in (9, 3)]
    make_run(priority=-10)

    assert publish_ready(now=timezone.now(), window=5) == 2
    assert publish_ready(now=timezone.now(), window=5) == 0

    assert [headers["beatwright_run"] for headers in messages(broker)][:2] == [
        str(run.pk) for run in mattering
    ]


def test_a_window_is_never_exceeded_on_one_level(broker: RedisServer) -> None:
    for priority in (0, 9):
        for _ in range(7):
            make_run(priority=priority)
    published = [publish_ready(now=timezone.now(), window=5) for _ in range(4)]
    assert published == [5, 0, 0, 0], "the window is full of what matters most"
    Run.objects.filter(priority=9, publish_count=1).update(state=RunState.RUNNING)
    assert [publish_ready(now=timezone.now(), window=5) for _ in range(2)] == [5, 0]


def test_what_has_waited_for_long_is_not_overtaken_in_a_full_window(broker: RedisServer) -> None:
    now = timezone.now()
    for _ in range(8):
        make_run(scheduled_for=now - timedelta(hours=3))
    assert publish_ready(now=now, window=5) == 5
    make_run(priority=9, scheduled_for=now)
    assert publish_ready(now=now, window=3) == 0


def test_priority_goes_first_and_waiting_makes_up_for_it(broker: RedisServer) -> None:
    now = timezone.now()
    low = make_run(priority=-10, scheduled_for=now - timedelta(minutes=1))
    normal = make_run(scheduled_for=now - timedelta(minutes=1))
    critical = make_run(priority=20, scheduled_for=now)
    starving = make_run(priority=-10, scheduled_for=now - timedelta(minutes=400))
    publish_ready(now=now, window=2)
    published = set(Run.objects.exclude(published_at=None).values_list("pk", flat=True))
    assert published == {starving.pk, critical.pk}
    publish_ready(now=now)
    ids = [headers["beatwright_run"] for headers in messages(broker)]
    assert ids.index(str(critical.pk)) < ids.index(str(normal.pk)) < ids.index(str(low.pk))


def test_several_publishers_at_once_publish_each_run_once(broker: RedisServer) -> None:
    for _ in range(80):
        make_run()
    counts = at_once([lambda: publish_ready(now=timezone.now())] * 3)
    assert sum(counts) == 80
    assert len(messages(broker)) == 80
    assert set(Run.objects.values_list("publish_count", flat=True)) == {1}


def test_a_broker_that_is_away_leaves_the_run_ready(broker: RedisServer) -> None:
    run = make_run()
    broker.stop()
    with pytest.raises(BrokerUnavailable):
        publish_ready(now=timezone.now())
    run.refresh_from_db()
    assert run.published_at is None
    with pytest.raises(BrokerUnavailable):
        publish_runs([run.pk], now=timezone.now())
    broker.start()
    assert publish_ready(now=timezone.now()) == 1
    assert [headers["beatwright_publish"] for headers in messages(broker)] == [2], (
        "it was marked only for the first attempt"
    )


@pytest.mark.parametrize("queue", ["default", "never-used-before"])
def test_a_broker_without_memory_takes_nothing_and_loses_nothing(
    broker: RedisServer, queue: str
) -> None:
    run = make_run(make_job(queue=queue))
    with broker.client() as client:
        client.config_set("maxmemory", "1")
    try:
        with pytest.raises(BrokerUnavailable):
            publish_ready(now=timezone.now())
    finally:
        with broker.client() as client:
            client.config_set("maxmemory", "0")
    assert publish_ready(now=timezone.now()) == 1
    run.refresh_from_db()
    assert run.publish_count == 2


def test_a_lost_message_is_found_at_the_second_look_and_published_again(
    broker: RedisServer,
) -> None:
    run = make_run()
    publish_ready(now=timezone.now())
    broker.flush()
    later = timezone.now() + timedelta(minutes=1)
    reconcile = Reconcile()
    assert reconcile.run_once(now=later) == {"lost": 0}
    assert reconcile.run_once(now=later) == {"lost": 1}
    publish_ready(now=later)
    run.refresh_from_db()
    assert run.publish_count == 2
    assert [headers["id"] for headers in messages(broker)] == [f"{run.pk}.2"]


def test_messages_that_wait_or_are_held_by_a_worker_are_not_lost(broker: RedisServer) -> None:
    held, waiting = make_run(), make_run()
    publish_ready(now=timezone.now())
    taken(broker, held, seconds_ago=1)
    reconcile = Reconcile()
    for _ in range(3):
        assert reconcile.run_once(now=timezone.now() + timedelta(minutes=1)) == {"lost": 0}
    assert {h["id"] for h in messages(broker)} == {f"{waiting.pk}.1"}


def test_a_message_that_nobody_has_held_on_to_for_a_while_is_lost(broker: RedisServer) -> None:
    run = make_run()
    publish_ready(now=timezone.now())
    taken(broker, run, seconds_ago=21)
    reconcile, later = Reconcile(), timezone.now() + timedelta(minutes=1)

    assert [reconcile.run_once(now=later)["lost"] for _ in range(2)] == [0, 1]

    run.refresh_from_db()
    assert run.published_at is None


def test_a_worker_that_holds_on_to_a_message_keeps_it(broker: RedisServer) -> None:
    run = make_run()
    publish_ready(now=timezone.now())
    taken(broker, run, seconds_ago=21)
    with app.connection_for_read() as connection:
        hold(connection.default_channel, ["tag", "another that is done with"])
    reconcile = Reconcile()

    for _ in range(3):
        assert reconcile.run_once(now=timezone.now() + timedelta(minutes=1)) == {"lost": 0}
    with broker.client() as client:
        assert client.zrange("unacked_index", 0, -1) == ["tag"]


def test_a_worker_that_holds_on_to_a_message_still_hears_of_the_next_one(
    broker: RedisServer,
) -> None:
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        waits = channel.client
        waits.connection = waits.connection_pool.get_connection()
        waits.connection.send_command("BRPOP", "next", 5)
        hold(channel, ["tag"])
        with broker.client() as client:
            client.lpush("next", "message")
        assert list(waits.parse_response(waits.connection, "BRPOP")) == [b"next", b"message"]


def taken(broker: RedisServer, run: Run, *, seconds_ago: float) -> None:
    """Put the run's message into the hands of a worker, as kombu does."""
    with broker.client() as client:
        raw = next(item for item in client.lrange(NORMAL, 0, -1) if str(run.pk) in item)
        client.lrem(NORMAL, 1, raw)
        client.hset("unacked", "tag", json.dumps([json.loads(raw), "", "default"]))
        client.zadd("unacked_index", {"tag": time.time() - seconds_ago})


def test_a_run_published_just_now_is_not_suspected(broker: RedisServer) -> None:
    make_run()
    publish_ready(now=timezone.now())
    broker.flush()
    reconcile = Reconcile()
    for _ in range(3):
        assert reconcile.run_once(now=timezone.now()) == {"lost": 0}


def test_a_run_is_published_at_the_moment_of_its_mark_not_when_the_turn_began(
    broker: RedisServer,
) -> None:
    began = timezone.now() - timedelta(seconds=6)
    before = database_now()
    run = make_run(scheduled_for=began)
    publish_ready(now=began)
    run.refresh_from_db()
    assert run.published_at is not None
    assert before - timedelta(milliseconds=1) <= run.published_at <= database_now()


def test_queues_take_turns(broker: RedisServer, settings: Any) -> None:
    settings.BEATWRIGHT = {**settings.BEATWRIGHT, "publish_batch": 2}
    mail, reports = make_job(queue="mail"), make_job(queue="reports")
    for _ in range(5):
        make_run(mail)
    for _ in range(3):
        make_run(reports)
    order: list[str] = []

    def note(runs: Any, **_: Any) -> None:
        order.extend(run.queue for run in runs)

    events.runs_published.connect(note)
    try:
        assert publish_ready(now=timezone.now()) == 8
    finally:
        events.runs_published.disconnect(note)
    assert order == ["mail"] * 2 + ["reports"] * 2 + ["mail"] * 2 + ["reports"] + ["mail"]
