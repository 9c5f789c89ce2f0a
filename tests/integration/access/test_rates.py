"""Requests are counted in Redis for all processes, and no request waits for it or fails with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.access.rates import PATIENCE, SharedCounts
from tests.support.api import Api
from tests.support.eventually import eventually
from tests.support.redis import RedisServer

PAUSE = 0.2
URGENT = (
    0.05  # seconds in which a request that does not wait for Redis is counted, on a busy machine
)


@pytest.fixture(params=["socket", "port"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    started = RedisServer(tmp_path, tcp=request.param == "port").start()
    yield started
    started.stop()


def url_of(server: RedisServer) -> str:
    return server.url.replace("redis+socket", "unix")


def seconds_to_count(counts: SharedCounts) -> float:
    began = time.perf_counter()
    assert counts.count("ana") is None
    return time.perf_counter() - began


def test_two_processes_count_together(server: RedisServer) -> None:
    one, other = SharedCounts(url_of(server)), SharedCounts(url_of(server))
    assert [one.count("ana"), other.count("ana"), one.count("ana"), other.count("ben")] == [
        1,
        2,
        3,
        1,
    ]
    with server.client() as client:
        assert 0 < client.ttl("ana") <= 120


def test_a_redis_that_is_gone_is_left_alone_for_a_while(server: RedisServer) -> None:
    counts = SharedCounts(url_of(server), pause=PAUSE)
    assert counts.count("ana") == 1
    server.kill9()
    assert seconds_to_count(counts) < URGENT
    server.start()
    assert counts.count("ana") is None
    assert eventually(lambda: counts.count("ana"), seconds=5) == 1


def test_a_redis_that_does_not_answer_is_waited_for_once(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    counts = SharedCounts(url_of(server), pause=60)
    assert counts.count("ana") == 1
    server.suspend()
    assert PATIENCE <= seconds_to_count(counts) < 3 * PATIENCE + URGENT
    assert max(seconds_to_count(counts) for _ in range(20)) < URGENT
    server.resume()
    assert [
        record.levelname for record in caplog.records if record.name == "jobs.access.rates"
    ] == ["WARNING"]


def test_a_redis_that_is_full_counts_nothing(server: RedisServer) -> None:
    counts = SharedCounts(url_of(server), pause=PAUSE)
    with server.client() as client:
        client.config_set("maxmemory", 1)
        assert counts.count("ana") is None
        client.config_set("maxmemory", 0)
    assert eventually(lambda: counts.count("ana"), seconds=5) == 1


def test_without_redis_a_caller_is_still_counted(settings: Any, server: RedisServer) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {
        "api_rate_per_minute": 3,
        "rates_redis_url": url_of(server),
    }
    while time.time() % 60 > 50:  # not across the minute's end
        time.sleep(1)
    api = Api()
    first = api.get("registry/LogTask/")
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("3", "2")
    server.kill9()
    answers = [api.get("registry/LogTask/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert (refused["RateLimit-Remaining"], refused["Content-Type"]) == (
        "0",
        "application/problem+json",
    )
    assert 1 <= int(refused["Retry-After"]) <= 61
