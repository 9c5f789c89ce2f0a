"""Remote control and events that anybody can send: no run is cancelled by them, no worker ends, no
table changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.acceptance.support.forging import write_tasks
from tests.support.eventually import eventually
from tests.support.processes import Process
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a site with a worker of its own")

JOB = (
    "from jobs.models import Job\n"
    "Job.objects.create(name='long', task='Sleep', schedule='@yearly', params={'seconds': 600})\n"
    "Job.objects.create(name='quiet', task='Quiet', schedule='@yearly')"
)
SEND = """
import json
from scheduler_site.celery import app
with app.connection_for_write() as connection:
    for name, arguments in json.loads({commands!r}):
        app.control.broadcast(name, arguments=arguments, connection=connection, reply=True,
            timeout=0.5)
"""
EVENTS = """
import json
from scheduler_site.celery import app
with app.events.default_dispatcher() as dispatcher:
    for kind, fields in json.loads({events!r}):
        dispatcher.hostname = fields.pop("hostname", "w1@test")
        dispatcher.send(kind, **fields)
"""
SCRIPT = "<script>document.title='forged'</script>"
ODD: list[Any] = [None, 5, "text", [], {}, [[]], {"a": 1}, -1, True, 1e300]
TABLES = (
    "beatwright_job",
    "beatwright_run",
    "beatwright_lostattempt",
    "django_celery_results_taskresult",
    "beatwright_auditentry",
)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site("sqlite", tuning={"reconcile_seconds": 1, "lease_renew_seconds": 0.5}) as site:
        write_tasks(site)
        site.python(JOB)
        yield site


def running(site: Site, worker: Process) -> dict[str, Any]:
    site.manage("job", "run", "long")
    [run] = eventually(lambda: site.runs("long", state="running"), seconds=60)
    assert worker.is_running
    return run


def test_no_message_cancels_a_run_or_stops_a_worker(site: Site) -> None:
    site.scheduler()
    worker = site.worker()
    pool, run = worker.pool(), running(site, worker)
    ids = [f"{run['id']}.{number}" for number in range(4)]
    commands = [
        ["revoke", {"task_id": ids, "terminate": True, "signal": "KILL"}],
        ["terminate", {"task_id": ids[1], "signal": "KILL"}],
        ["revoke", {"task_id": ids}],
        ["revoke_by_stamped_headers", {"headers": {"x": "1"}, "terminate": True}],
        ["hello", {"from_node": "stranger@here", "revoked": dict.fromkeys(ids, 1)}],
        *[[name, {}] for name in ("shutdown", "pool_restart", "autoscale", "election")],
        *[[name, {"n": 9}] for name in ("pool_shrink", "pool_grow")],
        *[[name, {"queue": "default"}] for name in ("cancel_consumer", "add_consumer")],
        ["rate_limit", {"task_name": "Quiet", "rate_limit": "1/h"}],
        ["time_limit", {"task_name": "Sleep", "hard": 1, "soft": 1}],
    ]
    site.python(SEND.format(commands=json.dumps(commands)))
    worker.wait_for_log("a run is cancelled in the console or by command, not by a message")
    worker.wait_for_log("shutdown was asked for, which this worker does not offer")
    site.manage("job", "run", "quiet")  # whose ids may have been revoked before they existed
    eventually(lambda: site.runs("quiet", state="succeeded"), seconds=60)
    assert [found["state"] for found in site.runs("long")] == ["running"]
    assert worker.is_running
    assert set(pool) <= set(worker.pool()), "nor has a process of its pool been ended"


def test_no_message_of_remote_control_ends_a_worker_whatever_is_in_it(site: Site) -> None:
    site.scheduler()
    worker = site.worker()
    first = worker.pid
    with site.redis.client() as client:
        for text in (
            "garbage",
            "",
            "null",
            "7",
            "[]",
            "{}",
            "[" * 5000,
            *map(json.dumps, hostile()),
        ):
            # It listens anew after each that it cannot read.
            eventually(partial(client.publish, "/0.celery.pidbox", text), seconds=30)
    site.manage("job", "run", "quiet")
    eventually(lambda: site.runs("quiet", state="succeeded"), seconds=90)
    assert (worker.is_running, worker.pid) == (True, first)
    for sign in ("Unrecoverable", "Connection to broker lost"):
        assert sign not in worker.log(), worker.log()[-3000:]


def hostile() -> Iterator[Any]:
    """Messages as kombu writes them, whose parts are not what remote control has there."""
    for odd in ODD:
        yield message({"method": odd, "arguments": odd, "destination": odd})
        yield message({"method": "ping", "arguments": odd, "destination": None, "reply_to": odd})
        yield message({"method": "ping", "ticket": odd, "pattern": odd, "matcher": odd})
        yield message(odd)
        yield message({"method": "ping"}) | {"headers": {"clock": odd, "expires": odd}}
    yield message({}) | {"content-type": "application/x-python-serialize"}
    yield message({}) | {"headers": {"compression": "zlib"}}


def message(body: Any) -> dict[str, Any]:
    return {
        "body": json.dumps(body),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {},
        "properties": {
            "delivery_tag": "1",
            "delivery_info": {"exchange": "celery.pidbox", "routing_key": ""},
            "body_encoding": "",
        },
    }


def test_forged_events_change_nothing_that_is_stored(site: Site) -> None:
    site.scheduler()
    worker = site.worker()
    run = running(site, worker)
    flower = site.flower()
    before = stored(site)
    task_id = f"{run['id']}.1"
    events = [
        *[[kind, {"uuid": task_id, "exception": "x", "result": SCRIPT, "runtime": 1.0}]
          for kind in ("task-succeeded", "task-failed", "task-revoked", "task-retried",
                       "task-rejected")],
        ["worker-offline", {"hostname": "w1@test", "freq": 1}],
        ["worker-heartbeat", {"hostname": SCRIPT, "freq": 1e300, "active": "x", "processed": []}],
        ["task-received",
         {"uuid": SCRIPT, "name": SCRIPT, "args": SCRIPT, "kwargs": "x" * 50_000, "retries": "x"}],
        ["task-received", {"uuid": "x" * 20_000, "name": {"a": []}, "args": [], "kwargs": None}],
    ]  # fmt: skip
    site.python(EVENTS.format(events=json.dumps(events)))
    site.manage("job", "run", "quiet")
    eventually(lambda: site.runs("quiet", state="succeeded"), seconds=60)
    after = stored(site)
    assert {name: rows for name, rows in after.items() if name == "beatwright_job"} == {
        "beatwright_job": before["beatwright_job"]
    }
    assert [one["state"] for one in site.runs("long")] == ["running"]
    assert [one["status"] for one in site.attempts(run["id"])] == ["STARTED"]
    workers = site.query("SELECT name FROM beatwright_worker WHERE stopped_at IS NULL")
    assert [row["name"] for row in workers] == ["w1@test"]
    assert (worker.is_running, flower.is_running) == (True, True)


def stored(site: Site) -> dict[str, list[dict[str, Any]]]:
    return {table: site.query(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES}
