"""Requests are counted together also where there are several Redis, or sentinels that know which
one it is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.access.rates import _shared, count_request
from tests.support.redis import RedisSentinel, RedisServer

NOW = 1_700_000_000.0


@pytest.fixture(autouse=True)
def forget() -> None:
    _shared.cache_clear()


def counted(server: RedisServer) -> int:
    with server.client() as client:
        return len(client.keys("beatwright:rate:*"))


def test_the_first_of_several_that_answers_counts(tmp_path: Path, settings: Any) -> None:
    first, second = (
        RedisServer(tmp_path / "a", tcp=True),
        RedisServer(tmp_path / "b", tcp=True).start(),
    )
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"rates_redis_url": f"{first.url};{second.url}"}
    try:
        for used in (1, 2):
            rate = count_request("ana", now=NOW)
            assert rate is not None
            assert rate.used == used
        assert counted(second) == 1
    finally:
        second.stop()


def test_sentinels_are_asked_for_the_one_that_counts(tmp_path: Path, settings: Any) -> None:
    master = RedisServer(tmp_path / "master", tcp=True).start()
    sentinel = RedisSentinel(tmp_path / "sentinel", master)
    sentinel.start()
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"rates_redis_url": sentinel.url}
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"master_name": "ours"}
    try:
        assert count_request("ana", now=NOW) is not None
        assert counted(master) == 1
    finally:
        sentinel.stop()
        master.stop()
