"""Each check tells the truth of a real database, broker, scheduler, worker and disk."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app, shared_task
from django.utils import timezone
from pytest_django import Settings

from jobs.models import Scheduler
from jobs.queries.health import BY_DEFAULT, HealthFinding, examine
from jobs.scheduler.pulse import Pulse
from tests.support.builders import make_job, make_leader, make_pool, make_run, make_worker
from tests.support.redis import RedisServer


def finding(check: str, host: str = "") -> HealthFinding:
    """The check's first bad finding, or its first."""
    found = examine([check], host=host)
    return next((one for one in found if not one.ok), found[0])


def make_scheduler(age_seconds: float = 0, **fields: object) -> Scheduler:
    now = timezone.now()
    values = {
        "name": "here:1",
        "host": "here",
        "started_at": now,
        "ticked_at": now - timedelta(seconds=age_seconds),
    }
    return Scheduler.objects.create(**(values | fields))


def test_every_check_is_well_where_everything_runs(broker: RedisServer) -> None:
    make_leader()
    make_scheduler()
    make_worker("default")
    make_job()
    found = examine()
    assert [one for one in found if not one.ok] == []
    assert {one.check for one in found} >= set(BY_DEFAULT) - {"jobs"}


# --- Files ---


def test_a_folder_of_data_that_others_may_look_into_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"data_dir": tmp_path}
    tmp_path.chmod(0o755)
    told = finding("files")
    assert (told.ok, told.detail) == (
        False,
        "other users on this machine can read DATA_DIR (mode 0755)",
    )
    tmp_path.chmod(0o700)
    assert finding("files").detail != told.detail


# --- Scheduler ---


def test_where_no_scheduler_ever_ran_that_is_said() -> None:
    assert finding("scheduler").detail == "no scheduler has ever run"


def test_a_scheduler_that_holds_the_lease_and_does_not_tick_is_told() -> None:
    make_leader(expires_at=timezone.now() + timedelta(hours=1))
    make_scheduler(age_seconds=60)
    told = finding("scheduler")
    assert not told.ok
    assert "has not ticked since" in told.detail
    assert told.facts["schedulers"] == 0
    assert 59 < float(str(told.facts["tick_age_seconds"])) < 70


def test_a_scheduler_that_was_stopped_is_told_from_one_that_hangs() -> None:
    make_scheduler(age_seconds=60, stopped_at=timezone.now())
    assert finding("scheduler").detail.startswith("stopped")


def test_one_that_ticks_is_enough_and_each_host_is_asked_for_its_own() -> None:
    make_leader()
    make_scheduler()
    make_scheduler(name="there:1", host="there", age_seconds=60)
    assert finding("scheduler").ok
    assert finding("scheduler", host="here").ok
    assert not finding("scheduler", host="there").ok


def test_a_pulse_tells_the_age_of_the_tick_and_says_goodbye() -> None:
    last = time.monotonic() - 5
    pulse = Pulse("here:1", "here", lambda: last)
    for _ in range(2):
        pulse.beat()
        row = Scheduler.objects.get()
        assert timedelta(seconds=4) < timezone.now() - row.ticked_at < timedelta(seconds=30)
    pulse.end()
    assert Scheduler.objects.get().stopped_at is not None


def test_a_pulse_forgets_those_long_gone() -> None:
    make_scheduler(name="old", age_seconds=200_000)
    Pulse("new", "here", time.monotonic).beat()
    assert [row.name for row in Scheduler.objects.all()] == ["new"]


# --- Workers and queues ---


def test_no_worker_is_a_finding_and_one_that_went_silent_does_not_count() -> None:
    make_worker(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert not finding("workers").ok
    make_worker(host="here")
    assert finding("workers").ok
    assert finding("workers", host="here").ok
    assert not finding("workers", host="there").ok


def test_a_dead_pool_behind_a_living_worker_is_told() -> None:
    long_ago = timezone.now() - timedelta(seconds=90)
    run = make_run(published_at=long_ago, publish_count=1)
    worker = make_worker("default", busy=0)
    told = finding("workers")
    assert told.detail == "runs are waiting in queue default, but its workers are idle"
    assert worker.name in told.cause
    type(worker).objects.update(busy=4)
    assert finding("workers").ok, "all its slots are taken: waiting is what a queue is for"
    type(worker).objects.update(busy=0)
    type(run).objects.update(published_at=timezone.now())
    assert finding("workers").ok


def test_slots_that_are_taken_while_nothing_runs_are_told() -> None:
    worker = make_worker("default", busy=2, stuck=2)
    told = finding("workers")
    assert (told.detail, told.cause) == ("2 slots are taken by hung processes", worker.name)
    type(worker).objects.update(stuck=0)
    assert finding("workers").ok


def test_a_queue_without_consumer_is_told_once_runs_wait_in_it() -> None:
    make_worker("default")
    assert finding("queues").ok
    make_run(make_job(queue="reports"), scheduled_for=timezone.now() - timedelta(minutes=1))
    assert finding("queues").detail == "runs are waiting in reports, but no worker consumes it"


# --- Broker ---


def test_a_broker_that_is_away_is_told_at_once(broker: RedisServer) -> None:
    assert finding("broker").ok
    broker.stop()
    began = time.monotonic()
    assert finding("broker").detail == "cannot be reached"
    assert time.monotonic() - began < 10


def test_a_broker_that_swallows_everything_does_not_hang_the_caller(broker: RedisServer) -> None:
    broker.suspend()
    try:
        began = time.monotonic()
        (told,) = examine(["broker"], answer_seconds=1)
        (again,) = examine(["broker"], answer_seconds=0.1)
        assert time.monotonic() - began < 10
        assert (told.ok, told.detail) == (False, "no answer within 1 s")
        assert not again.ok
    finally:
        broker.resume()
    assert all(one.ok for one in examine(["broker"], answer_seconds=10))


@pytest.fixture
def configured(broker: RedisServer) -> Iterator[RedisServer]:
    """A Redis whose configuration the test may spoil."""
    yield broker
    with broker.client() as client:
        client.replicaof("NO", "ONE")
        client.config_set("maxmemory", "0")
        client.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_evicts_is_told(configured: RedisServer) -> None:
    with configured.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    told = finding("broker")
    assert (told.check, told.detail) == ("redis eviction", "maxmemory-policy allkeys-lru")


def test_a_redis_that_is_read_only_is_told(configured: RedisServer) -> None:
    with configured.client() as client:
        client.replicaof("127.0.0.1", "1")
    told = finding("broker")
    assert told.detail == "is up but refuses messages"
    assert "read only" in told.cause


def test_a_redis_that_is_full_is_told(configured: RedisServer) -> None:
    with configured.client() as client:
        client.config_set("maxmemory", "1")
    assert finding("broker").detail == "is up but refuses messages"


# --- Disk ---


def test_too_little_room_is_told(settings: Settings) -> None:
    assert finding("disk").ok
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"disk_free_megabytes": 10**9}
    told = finding("disk")
    assert not told.ok
    assert "MB free" in told.detail


def test_a_disk_that_takes_no_more_is_told() -> None:
    """The kernel refuses every further byte, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        told = finding("disk")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert told.detail == "DATA_DIR cannot be written"


def test_a_data_dir_that_is_gone_is_told(settings: Settings, tmp_path: Path) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"data_dir": tmp_path / "gone"}
    assert finding("disk").detail == "DATA_DIR cannot be written"


# --- Jobs ---


def test_a_job_with_an_unknown_task_is_told() -> None:
    make_job(name="lost", task="NoSuchTask")
    assert finding("jobs").check == "job lost"


def test_a_job_whose_task_cannot_be_one_is_told() -> None:
    @shared_task(name="tests.refused", rate_limit="1/m")
    def refused() -> None: ...

    try:
        make_job(name="limited", task="tests.refused")
        told = finding("jobs")
        assert told.check == "job limited"
        assert "rate_limit" in told.detail
    finally:
        current_app.tasks.pop("tests.refused")


def test_a_job_that_runs_commands_where_nobody_may_is_told_unless_it_waits_for_that(
    settings: Settings,
) -> None:
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": False}
    make_job(name="imported", task="RunCommand", params={"argv": ["true"]}, enabled=False)
    assert examine(["jobs"]) == []
    make_job(name="shell", task="RunCommand", params={"argv": ["true"]})
    assert (finding("jobs").check, finding("jobs").ok) == ("job shell", False)
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"allow_commands": True}
    assert examine(["jobs"]) == []


def test_a_job_whose_pool_is_gone_is_told() -> None:
    make_pool("gpu")
    make_job(pool="gpu")
    make_job(name="lost", pool="tpu")
    assert finding("jobs").check == "job lost"
    assert finding("jobs").detail == "its pool 'tpu' does not exist, so it is not limited"
