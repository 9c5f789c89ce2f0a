"""A broker that is away: no run is marked for it, and the log says when it went and when it
came.
"""

from __future__ import annotations

import time

import pytest
from django.utils import timezone

from jobs.dispatch.brokers.gate import BrokerUnavailable
from jobs.dispatch.publish import publish_ready, publish_runs
from jobs.models import Run
from jobs.scheduler.broker_rest import BrokerRest
from jobs.scheduler.tick import Tick
from tests.support.builders import make_run
from tests.support.configured import configured
from tests.support.redis import RedisServer


def marks() -> int:
    return sum(Run.objects.values_list("publish_count", flat=True))


def test_runs_are_marked_once_however_long_the_broker_is_away(
    broker: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        make_run()
    broker.stop()
    turn = Tick()
    for _ in range(5):
        turn.run_once()
    assert marks() == 3

    broker.start()
    turn.run_once()
    assert marks() == 6
    told = [message for message in caplog.messages if message.startswith("scheduler: the broker")]
    assert len(told) == 2
    assert told[1].endswith(" tries; 3 runs waited")


def test_run_now_is_tried_at_once_when_the_broker_is_back(broker: RedisServer) -> None:
    first, second = make_run(), make_run()
    broker.stop()
    for _ in range(2):
        with pytest.raises(BrokerUnavailable):
            publish_runs([first.pk], now=timezone.now())
    assert marks() == 1
    broker.start()
    assert publish_runs([second.pk], now=timezone.now()) == 1


def test_nothing_waits_so_nobody_asks_whether_the_broker_is_back(broker: RedisServer) -> None:
    broker.stop()
    assert publish_ready(now=timezone.now()) == 0


def test_where_nobody_listens_the_next_turn_tries_again(broker: RedisServer) -> None:
    make_run()
    broker.stop()
    with pytest.raises(BrokerUnavailable) as raised:
        publish_ready(now=timezone.now())
    assert raised.value.nobody_listens
    rest = BrokerRest()
    rest.failed(raised.value)
    assert rest.is_over()


@configured(broker_rest_seconds=2, max_sleep_seconds=0.5)
def test_a_broker_that_hangs_or_refuses_is_left_alone_for_longer_and_longer() -> None:
    rest, error = BrokerRest(), BrokerUnavailable(TimeoutError("timed out"))
    rests = []
    for _ in range(4):
        rest.failed(error)
        assert not rest.is_over()
        rests.append(rest._until - time.monotonic())
    for longest, found in zip((0.5, 1, 2, 2), rests, strict=True):
        assert longest / 2 - 0.1 < found <= longest
    rest.worked(0)
    assert rest.is_over()
