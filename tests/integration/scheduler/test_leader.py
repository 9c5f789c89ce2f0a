"""The lease, the leader's services, and plain django-celery-beat rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import Celery
from celery._state import get_current_app
from django.db import DatabaseError, OperationalError
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks

from jobs.dispatch.brokers.broker import Broker
from jobs.dispatch.brokers.eviction import end_if_evicting
from jobs.models import Leader
from jobs.scheduler import JobScheduler
from jobs.scheduler.clock_watch import WatchedClock
from jobs.scheduler.lease import Lease
from jobs.scheduler.plain import PlainEntry
from jobs.services import Service
from tests.support.redis import RedisServer
from tests.support.threads import at_once


def test_one_holds_the_lease_until_it_runs_out() -> None:
    first, second = Lease("first"), Lease("second")
    assert first.renew() is True
    assert second.renew() is False
    assert first.renew() is True
    Leader.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert second.renew() is True
    assert first.renew() is False
    assert first.is_held() is False


def test_a_released_lease_is_free_at_once() -> None:
    first, second = Lease("first"), Lease("second")
    first.renew()
    first.release()
    assert first.is_held() is False
    assert second.renew() is True


def test_of_many_that_ask_at_once_one_leads() -> None:
    leases = [Lease(str(number)) for number in range(4)]
    assert at_once([lease.renew for lease in leases]).count(True) == 1


def test_renewing_keeps_the_moment_the_lease_was_acquired() -> None:
    lease = Lease("first")
    lease.renew()
    acquired = Leader.objects.get().acquired_at
    lease.renew()
    assert Leader.objects.get().acquired_at == acquired


@pytest.mark.parametrize(
    "error", [DatabaseError("away"), OSError("broker away"), KeyError("a bug")]
)
def test_a_service_runs_in_its_rhythm_and_survives_its_errors(error: Exception) -> None:
    calls: list[datetime | None] = []
    clock = WatchedClock()

    def run_once() -> dict[str, int]:
        calls.append(clock.moment())
        raise error

    service = Service("sweep", every_seconds=60, run_once=run_once)
    service.run_if_due()
    service.run_if_due()
    assert len(calls) == 1
    assert calls[0]
    assert calls[0].tzinfo is UTC


@pytest.fixture
def plain_row() -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=10, period=IntervalSchedule.SECONDS)
    row: PeriodicTask = PeriodicTask.objects.create(name="plain", task="EchoTask", interval=every)
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(minutes=1))
    PeriodicTasks.update_changed()
    return row


@pytest.fixture
def schedulers() -> Iterator[tuple[JobScheduler, JobScheduler]]:
    pair = (JobScheduler(app=celery_app()), JobScheduler(app=celery_app()))
    yield pair
    for scheduler in pair:
        scheduler.close()


def celery_app() -> Celery:
    app: Celery = get_current_app()
    return app


def sent(broker: RedisServer) -> list[dict[str, Any]]:
    with broker.client() as client:
        return [json.loads(item)["headers"] for item in client.lrange("default", 0, -1)]


def test_a_plain_row_is_fired_once_though_two_believe_they_lead(
    broker: RedisServer, plain_row: PeriodicTask, schedulers: tuple[JobScheduler, JobScheduler]
) -> None:
    first, second = schedulers
    assert second.schedule.keys() == {"plain"}  # read before the first one fires
    first._tick_plain()
    second._was_leader = True
    second._tick_plain()
    (headers,) = sent(broker)
    assert headers["task"] == "EchoTask"
    assert not {"run", "beatwright_run"} & set(headers)
    plain_row.refresh_from_db()
    assert plain_row.total_run_count == 1


def test_a_row_whose_claim_meets_a_database_error_is_fired_at_the_next_tick(
    broker: RedisServer,
    plain_row: PeriodicTask,
    schedulers: tuple[JobScheduler, JobScheduler],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A restart of PostgreSQL, or one “database is locked”."""
    claim, refusals = PlainEntry.claim, [OperationalError("database is locked")]

    def claim_at_the_second_try(entry: PlainEntry) -> bool:
        if refusals:
            raise refusals.pop()
        return claim(entry)

    monkeypatch.setattr(PlainEntry, "claim", claim_at_the_second_try)
    scheduler, _ = schedulers
    scheduler._tick_plain()
    assert sent(broker) == []
    scheduler._tick_plain()
    assert [headers["task"] for headers in sent(broker)] == ["EchoTask"]


def test_taking_over_does_not_fire_what_the_former_leader_fired(
    broker: RedisServer, plain_row: PeriodicTask, schedulers: tuple[JobScheduler, JobScheduler]
) -> None:
    for scheduler in (*schedulers, *schedulers):
        scheduler._was_leader = False
        scheduler._tick_plain()
    assert len(sent(broker)) == 1


def test_what_a_scheduler_prints_of_a_plain_row_holds_no_argument(
    plain_row: PeriodicTask, schedulers: tuple[JobScheduler, JobScheduler]
) -> None:
    """django-celery-beat writes its schedule to the log where the level is DEBUG."""
    PeriodicTask.objects.update(kwargs='{"db": {"credentials": ["corr3ct"]}}', args='["corr3ct"]')
    printed = repr(schedulers[0].schedule)
    assert "corr3ct" not in printed
    assert "EchoTask" in printed


def test_the_scheduler_reads_no_database_before_its_first_tick(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(0):
        JobScheduler(app=celery_app(), lazy=True)
        JobScheduler(app=celery_app())


def test_a_redis_that_drops_messages_is_refused(
    broker: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    end_if_evicting(Broker(celery_app()))
    with broker.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(SystemExit):
            end_if_evicting(Broker(celery_app()))
    finally:
        with broker.client() as client:
            client.config_set("maxmemory-policy", "noeviction")
    assert (
        "allkeys-lru: it drops messages without an error when its memory is full. Set it to "
        "noeviction" in caplog.text
    )
    broker.stop()
    end_if_evicting(Broker(celery_app()))
    assert "not checked" in caplog.text


def test_a_plain_row_waits_for_a_broker_that_is_away_and_the_loop_does_not(
    broker: RedisServer, plain_row: PeriodicTask, schedulers: tuple[JobScheduler, JobScheduler]
) -> None:
    first, _ = schedulers
    broker.stop()
    assert first._tick_plain() > 0
    plain_row.refresh_from_db()
    assert plain_row.total_run_count == 0
    broker.start()
    first._tick_plain()
    assert len(sent(broker)) == 1
