"""A test's own site is whole, and nothing of it is left behind."""

from __future__ import annotations

import signal
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from tests.support.eventually import eventually, never
from tests.support.postgres import PostgresServer
from tests.support.processes import PYTHON, Process, clean_environment
from tests.support.rabbitmq import RabbitMQServer
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=5, reason="each starts a site or a server of its own"),
    pytest.mark.takes_turns(
        reason="starts sites and servers of its own to try what the other tests stand on"
    ),
]

# A child in a process group of its own, as a worker's pool children are, and a grandchild.
FAMILY = """
import subprocess, sys, time
child = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", child], process_group=0)
print("started", flush=True)
time.sleep(60)
"""


def make_run(site: Site) -> None:
    site.python(
        "from django.utils import timezone\n"
        "from jobs.dispatch.occurrences import make_run\n"
        "from jobs.models import Job\n"
        "job = Job.objects.create(name='one', task='EchoTask', schedule='@manual', "
        "params={'greeting': 'hello'})\n"
        "make_run(job, timezone.now(), now=timezone.now()).save()\n"
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_rows_read_from_outside_are_the_same_on_both_databases(database: str) -> None:
    with Site(database) as site:
        make_run(site)
        [run] = site.runs("one", state="queued")
        assert isinstance(run["id"], uuid.UUID)
        assert abs(run["scheduled_for"] - datetime.now(UTC)) < timedelta(minutes=1)
        assert run["params"] == {"greeting": "hello"}
        assert (
            site.execute(
                "UPDATE beatwright_run SET reason = %s WHERE id = %s", "changed", run["id"]
            )
            == 1
        )
        assert site.runs(id=run["id"])[0]["reason"] == "changed"
        assert site.runs("another") == site.attempts(run["id"]) == []


def test_two_sites_share_nothing() -> None:
    with Site() as one, Site() as other:
        make_run(one)
        assert (len(one.runs()), len(other.runs())) == (1, 0)
        assert one.redis.url != other.redis.url


def test_a_failing_command_shows_what_it_printed() -> None:
    with Site() as site, pytest.raises(AssertionError, match="Unknown command: 'no_such_command'"):
        site.manage("no_such_command")


def test_a_site_may_stop_a_database_of_its_own(postgres_server: PostgresServer) -> None:
    with Site("postgresql", postgres=postgres_server) as site:
        make_run(site)
        postgres_server.stop()
        with pytest.raises(Exception, match=r"No such file|refused"):
            site.runs()
        postgres_server.start()
        assert len(site.runs()) == 1


def test_killing_everything_reaches_grandchildren_in_other_groups(tmp_path: Path) -> None:
    process = Process(
        [sys.executable, "-c", FAMILY], env=clean_environment(), log_path=tmp_path / "log"
    )
    process.wait_for_log("started")
    members = eventually(lambda: len(process.members()) == 3 and process.members())
    process.kill_all()
    assert [pid for pid in members or [] if _is_alive(pid)] == []


def test_an_early_end_is_told_with_the_output(tmp_path: Path) -> None:
    process = Process(
        [PYTHON, "-c", "print('no luck')"], env=clean_environment(), log_path=tmp_path / "log"
    )
    with pytest.raises(RuntimeError, match="no luck"):
        process.wait_for_log("ready")


def test_a_suspended_process_does_nothing_until_it_is_resumed(tmp_path: Path) -> None:
    code = "import time\nwhile True: print('tick', flush=True); time.sleep(0.05)"
    process = Process([PYTHON, "-c", code], env=clean_environment(), log_path=tmp_path / "log")
    process.wait_for_log("tick")
    process.suspend()
    eventually(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)
    printed = process.log()
    never(lambda: process.log() != printed, seconds=0.3)
    process.resume()
    eventually(lambda: process.log() != printed)
    assert process.stop() == -signal.SIGTERM


def test_rabbitmq_keeps_what_it_holds_when_it_is_killed(tmp_path: Path) -> None:
    server = RabbitMQServer(tmp_path / "rabbitmq")
    try:
        server.start()
        with server.connection() as connection:
            connection.SimpleQueue("kept").put({"a": 1})
        server.kill9()
        server.start()
        with server.connection() as connection:
            assert connection.SimpleQueue("kept").get(timeout=60).payload == {"a": 1}
    finally:
        server.close()


def _is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
