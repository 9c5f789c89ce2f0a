"""The core of the fault plan on RabbitMQ: plan, run, recover, with the broker and the workers
killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from amqp.exceptions import NotFound

from jobs.flower.client import ask_flower
from tests.acceptance.support.stock_worker import NAME, UNKNOWN, canary_of, stock_worker
from tests.support.eventually import eventually
from tests.support.promises import broken_promises
from tests.support.rabbitmq import RabbitMQServer
from tests.support.saving import save_jobs
from tests.support.site import Site

pytestmark = pytest.mark.only_in_all(reason="a RabbitMQ, and a minute of its sweep, for each")

TUNING = {
    "reconcile_seconds": 1,
    "leader_lease_seconds": 2,
    "leader_renew_seconds": 0.5,
    "lease_seconds": 6,
    "lease_renew_seconds": 1,
    "lease_grace_seconds": 2,
    "broker_rest_seconds": 2,
}

PAUSE = """
from django.utils import timezone
from jobs.actions.pauses import pause_job
from jobs.models import Job
from tests.support.builders import by
for job in Job.objects.all():
    pause_job(job, actor=by("test"), now=timezone.now())
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RabbitMQServer]:
    made = RabbitMQServer(tmp_path / "rabbitmq").start()
    yield made
    made.close()


@pytest.fixture
def site(server: RabbitMQServer) -> Iterator[Site]:
    with Site("postgresql", tuning=TUNING, broker_url=server.url) as made:
        yield made


def make_jobs(site: Site, count: int, schedule: str, **fields: Any) -> None:
    common = {"task": "EchoTask", "schedule": schedule} | fields
    save_jobs(site, [{"name": f"job-{number}", **common} for number in range(count)])


def succeeded(site: Site, count: int) -> bool:
    states = Counter(run["state"] for run in site.runs())
    assert states["succeeded"] >= count, f"{dict(states)} of {count}"
    return True


def waiting(server: RabbitMQServer, queue: str = "default") -> int:
    """Messages that lie in the queue; none as long as nothing was sent to it."""
    with server.connection() as connection:
        channel: Any = connection.default_channel
        try:
            return int(channel.queue_declare(queue, passive=True).message_count)
        except NotFound:
            return 0


def all_succeed(site: Site) -> None:
    """Nothing is planned any more, and what was planned ends as it should, each once."""
    site.python(PAUSE)
    eventually(lambda: {run["state"] for run in site.runs()} == {"succeeded"}, seconds=180)
    assert broken_promises(site.python) == []


def test_plan_run_and_recover_while_workers_are_killed(site: Site) -> None:
    make_jobs(site, 5, "@every 2s", task="Sleep", params={"seconds": 1})
    site.scheduler()
    for _ in range(2):
        worker = site.worker("--concurrency=4")
        eventually(lambda: site.runs(state="running"), seconds=60)
        worker.kill9()
    site.worker("--concurrency=4")
    eventually(lambda: succeeded(site, 10), seconds=60)
    all_succeed(site)


def test_a_broker_that_is_killed_with_a_full_queue_gives_everything_back(
    site: Site, server: RabbitMQServer
) -> None:
    make_jobs(site, 20, "@every 2s")
    scheduler = site.scheduler()
    eventually(lambda: waiting(server) >= 60, seconds=60)
    site.python(PAUSE)
    server.kill9()
    server.start()
    site.worker()
    eventually(lambda: succeeded(site, 60), seconds=60)
    all_succeed(site)
    assert {run["attempt"] for run in site.runs()} == {1}
    assert scheduler.is_running


def test_a_broker_that_dies_under_load_delays_runs_and_loses_none(
    site: Site, server: RabbitMQServer
) -> None:
    make_jobs(site, 5, "@every 2s")
    site.scheduler()
    worker = site.worker()
    eventually(lambda: succeeded(site, 10), seconds=60)
    server.kill9()
    planned = len(site.runs())
    eventually(lambda: len(site.runs()) >= planned + 10, seconds=60)
    server.start()
    eventually(lambda: succeeded(site, planned + 20), seconds=120)
    all_succeed(site)
    assert worker.is_running


def test_messages_that_are_purged_are_sent_again(site: Site, server: RabbitMQServer) -> None:
    make_jobs(site, 5, "@every 2s")
    site.scheduler()
    eventually(lambda: waiting(server) >= 10, seconds=60)
    site.python(PAUSE)
    with server.connection() as connection:
        channel: Any = connection.default_channel
        channel.queue_purge("default")
    site.worker()
    all_succeed(site)
    assert max(run["publish_count"] for run in site.runs()) == 2


def test_flower_shows_the_queues_by_the_management_plugin(tmp_path: Path) -> None:
    server = RabbitMQServer(tmp_path / "managed", management=True).start()
    try:
        env = {"FLOWER_BROKER_API": server.management_url}
        with Site("sqlite", broker_url=server.url, env=env) as site:
            site.worker()
            site.flower()
            eventually(lambda: "default" in broker_page(site), seconds=60, every=1)
    finally:
        server.close()


def broker_page(site: Site) -> str:
    answer = ask_flower(site.flower_socket, "GET", "/flower/broker", {})
    page = b"".join(answer).decode()
    answer.close()
    return page.partition("<table")[2]


def test_what_a_stock_worker_drops_is_sent_again_and_it_runs_no_body(
    site: Site, server: RabbitMQServer
) -> None:
    make_jobs(site, 5, "@every 2s")
    site.scheduler()
    folder = site.folder / "stock"
    with stock_worker(folder, server.url, "--concurrency=1") as stock:
        eventually(lambda: UNKNOWN in stock.log(), seconds=60)
        site.worker()
        eventually(lambda: succeeded(site, 5), seconds=60)
        site.python(PAUSE)
        eventually(lambda: NAME in site.manage("alerts"), seconds=240, every=1)
    all_succeed(site)
    assert {run["attempt"] for run in site.runs()} == {1}
    assert not canary_of(folder).exists()
