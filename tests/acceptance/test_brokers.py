"""Failover lists and sentinels: scheduler, worker, doctor and plain rows are of one mind about
which Redis it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.eventually import eventually
from tests.support.redis import RedisSentinel, RedisServer
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="two brokers of its own, and a failover, for each")

TUNING = {"reconcile_seconds": 1, "leader_lease_seconds": 2, "leader_renew_seconds": 0.5}
OFTEN = """
from jobs.models import Job
Job.objects.create(name="often", task="EchoTask", schedule="@every 1s")
"""
PLAIN = """
from django_celery_beat.models import IntervalSchedule, PeriodicTask
every = IntervalSchedule.objects.create(every=1, period="seconds")
PeriodicTask.objects.create(name="plain", task="EchoTask", interval=every)
"""


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[RedisServer, RedisServer]]:
    pair = (RedisServer(tmp_path / "a", tcp=True), RedisServer(tmp_path / "b", tcp=True))
    for server in pair:
        server.start()
    yield pair
    for server in pair:
        server.stop()


def assert_runs_go_on(site: Site) -> None:
    """Three runs more than there are now."""
    before = len(site.runs(state="succeeded"))
    eventually(lambda: len(site.runs(state="succeeded")) >= before + 3, seconds=60)


def consumers(server: RedisServer) -> int:
    """Connections that wait for messages."""
    with server.client() as client:
        return sum(connection["cmd"] == "brpop" for connection in client.client_list())


def plain_answers(site: Site) -> int:
    return len(
        site.query(
            "SELECT id FROM django_celery_results_taskresult WHERE task_id NOT LIKE %s", "%.%"
        )
    )


def test_a_list_works_with_its_first_dead_alive_again_and_dying_midway(
    two: tuple[RedisServer, RedisServer],
) -> None:
    first, second = two
    first.kill9()
    with Site("sqlite", tuning=TUNING, broker_url=f"{first.url};{second.url}") as site:
        site.python(OFTEN)
        site.python(PLAIN)
        site.scheduler()
        site.worker()
        assert_runs_go_on(site)
        assert "ok    broker: accepts messages" in site.manage("doctor", check=False)
        first.start()
        eventually(lambda: consumers(first) > 0 and consumers(second) == 0, seconds=60)
        assert_runs_go_on(site)
        before = plain_answers(site)
        first.kill9()
        assert_runs_go_on(site)
        eventually(lambda: plain_answers(site) > before, seconds=60)


def test_a_sentinel_says_which_redis_it_is_and_a_failover_is_followed(tmp_path: Path) -> None:
    master = RedisServer(tmp_path / "master", tcp=True).start()
    place = ("--replicaof", "127.0.0.1", str(master.port))
    replica = RedisServer(tmp_path / "replica", tcp=True, arguments=place).start()
    sentinel = RedisSentinel(tmp_path / "sentinel", master)
    sentinel.start()
    try:
        eventually(lambda: sentinel.replicas() == 1, seconds=60)
        env = {"BROKER_TRANSPORT_OPTIONS": '{"master_name": "ours"}'}
        with Site("sqlite", tuning=TUNING, broker_url=sentinel.url, env=env) as site:
            site.python(OFTEN)
            site.scheduler()
            site.worker()
            assert_runs_go_on(site)
            assert "accepts messages" in site.manage("doctor", check=False)
            master.kill9()
            eventually(lambda: sentinel.master_port() == replica.port, seconds=60)
            assert_runs_go_on(site)
    finally:
        for server in (sentinel, replica, master):
            server.stop()
