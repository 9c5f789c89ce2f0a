"""What is no message, or a message that nobody of ours has sent: passed over, and the worker goes
on.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.eventually import eventually
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a site with a worker of its own")

NO_MESSAGES = [
    "garbage",
    "",
    "null",
    "7",
    '"text"',
    "[]",
    "[1, 2, 3]",
    '[{}, "", ""]',
    "{}",
    '{"properties": 5}',
    "[" * 5000,
]
ODD_VALUES: list[Any] = [None, 5, "text", [], {}, [[]], {"a": 1}, -1, "\x00", True, 1e300]


def altered(message: Any, path: tuple[str, ...] = ()) -> Iterator[Any]:
    """The message with each of its parts, at any depth, taken out or replaced by what does not
    belong there.
    """
    for key, value in list(message.items()):
        for odd in ODD_VALUES:
            yield {**message, key: copy.deepcopy(odd)}
        yield {name: one for name, one in message.items() if name != key}
        if isinstance(value, dict):
            yield from ({**message, key: inner} for inner in altered(value, (*path, key)))


def test_nothing_that_lies_in_a_queue_stops_the_worker_or_the_scheduler() -> None:
    with Site("sqlite", tuning={"reconcile_seconds": 1}) as site:
        site.python(
            "from jobs.models import Job\n"
            "for name in ('before', 'after'): Job.objects.create(name=name, task='EchoTask', "
            "schedule='@yearly')"
        )
        scheduler = site.scheduler()
        site.manage("job", "run", "before")
        with site.redis.client() as client:
            (key,) = eventually(
                lambda: [key for key in client.keys("default*") if client.type(key) == "list"],
                seconds=30,
            )
            real = json.loads(client.lrange(key, 0, 0)[0])
            junk = [*NO_MESSAGES, *map(json.dumps, altered(real))]
            client.lpush(key, *junk)
            worker = site.worker("--concurrency=2")
            first_pid = worker.pid
            eventually(lambda: client.llen(key) == 0, seconds=120)
        eventually(lambda: site.runs("before", state="succeeded"), seconds=60)
        site.manage("job", "run", "after")
        eventually(lambda: site.runs("after", state="succeeded"), seconds=60)
        assert worker.is_running
        assert worker.pid == first_pid
        log = worker.log()
        assert log.count("passed over what is no message") >= len(NO_MESSAGES)
        for sign in ("Unrecoverable", "Connection to broker lost"):
            assert sign not in log, log[log.index(sign) - 500 :][:3000]
        assert "failed" not in scheduler.log()
        (row,) = eventually(
            lambda: site.query(
                "SELECT junk_messages FROM beatwright_worker WHERE junk_messages > 0"
            ),
            seconds=30,
        )
        assert len(NO_MESSAGES) <= row["junk_messages"] <= len(junk)
        assert len(junk) > 200
        assert len(site.runs()) == 2
        assert {run["attempt"] for run in site.runs()} == {1}


def test_a_worker_whose_consumer_fails_ends_within_the_grace_time_and_gives_its_runs_back() -> None:
    with Site("sqlite", tuning={"stop_grace_seconds": 1}) as site:
        site.python(
            "from jobs.models import Job\n"
            "Job.objects.create(name='long', task='Sleep', schedule='@yearly', "
            "params={'seconds': 600})"
        )
        module = site.folder / "modules" / "failing.py"
        module.parent.mkdir()
        module.write_text(
            "from celery.worker.consumer import Consumer\n"
            "def fail(*_, **__): raise RuntimeError('a fault of the consumer itself')\n"
            "Consumer.on_unknown_message = fail\n"
        )
        site.scheduler()
        worker = site.worker(
            "--concurrency=2", env={"PYTHONPATH": str(module.parent), "TASK_MODULES": "failing"}
        )
        site.manage("job", "run", "long")
        eventually(lambda: site.runs("long", state="running"), seconds=60)
        with site.redis.client() as client:
            client.lpush("default", json.dumps({
                "body": "", "content-type": "application/json", "content-encoding": "utf-8",
                "headers": {},
                "properties": {"delivery_tag": "1",
                               "delivery_info": {"exchange": "", "routing_key": "default"}},
            }))  # fmt: skip
        assert worker.wait(seconds=60) != 0
        eventually(lambda: site.runs("long", state="queued"), seconds=30)
