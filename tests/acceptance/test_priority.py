"""Priority holds on either broker with a full queue: what is published last and matters most is
executed first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kombu import Queue

from tests.support.eventually import eventually
from tests.support.rabbitmq import RabbitMQServer
from tests.support.saving import save_jobs
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a RabbitMQ of its own for each")

FILL = """
from datetime import timedelta
from itertools import islice

from django.utils import timezone
from jobs.dispatch.publish import publish_ready
from jobs.models import Job
from tests.support.builders import make_run


def publish_all() -> int:
    # Turn by turn: one ends after a time, whatever it has sent.
    turns = iter(lambda: publish_ready(now=timezone.now()), 0)
    return sum(islice(turns, 100))

job, before = Job.objects.get(name="fill"), timezone.now() - timedelta(minutes=1)
for _ in range(1001):
    make_run(job, scheduled_for=before)
assert publish_all() == 1000
for priority in (1, 9, 5, -10, 20):
    make_run(job, priority=priority, params={"text": str(priority)})
assert publish_all() == 4
"""


@contextmanager
def site_on(broker: str, folder: Path) -> Iterator[Site]:
    if broker == "redis":
        with Site() as site:
            yield site
        return
    server = RabbitMQServer(folder / "rabbitmq").start()
    try:
        with Site(broker_url=server.url) as site:
            yield site
    finally:
        server.close()


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_what_is_published_behind_a_full_queue_is_executed_by_priority(
    broker: str, tmp_path: Path
) -> None:
    with site_on(broker, tmp_path) as site:
        save_jobs(
            site,
            [{"name": "fill", "task": "EchoTask", "schedule": "@manual", "params": {"text": "0"}}],
        )
        site.python(FILL)
        site.worker("--concurrency=1")
        eventually(lambda: len(site.runs(state="succeeded")) >= 20, seconds=60)
        began = sorted(site.runs(state="succeeded"), key=lambda run: run["started_at"])
        assert [run["priority"] for run in began[:6]] == [20, 9, 5, 1, 0, 0]


def test_a_queue_from_before_priorities_is_named_with_what_to_do_and_works_once_it_is_deleted(
    tmp_path: Path,
) -> None:
    server = RabbitMQServer(tmp_path / "rabbitmq").start()
    try:
        with Site(broker_url=server.url) as site, server.connection() as opened:
            connection: Any = opened
            declare_without_priorities(connection, "default")
            save_jobs(site, [{"name": "often", "task": "EchoTask", "schedule": "@every 1s"}])
            scheduler, worker = site.scheduler(), site.worker(wait=False)
            for process in (scheduler, worker):
                process.wait_for_log("rabbitmqctl delete_queue default")
            assert worker.wait() != 0, "it ends, instead of being refused for ever"
            assert "rabbitmqctl delete_queue default" in site.manage("doctor", check=False)
            connection.default_channel.queue_delete("default")
            worker = site.worker()
            eventually(lambda: len(site.runs(state="succeeded")) >= 2, seconds=60)
            declare_without_priorities(connection, "late")
            save_jobs(
                site,
                [{"name": "late", "task": "EchoTask", "schedule": "@every 1s", "queue": "late"}],
            )
            worker.wait_for_log("rabbitmqctl delete_queue late")
            before = len(site.runs("often", state="succeeded"))
            eventually(lambda: len(site.runs("often", state="succeeded")) > before + 1, seconds=60)
            connection.default_channel.queue_delete("late")
            eventually(lambda: site.runs("late", state="succeeded"), seconds=60)
    finally:
        server.close()


def declare_without_priorities(connection: Any, name: str) -> None:
    """As a version without priorities did."""
    Queue(name, durable=True)(connection).declare()
