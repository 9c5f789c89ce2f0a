"""The leader's services beside a clock that is a year ahead, or a year behind: what people have
stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.dispatch.clock import Reading
from jobs.maintenance.services import LeaderService, leader_services
from jobs.models import (
    Alert,
    AlertKind,
    AuditEntry,
    Backfill,
    BackfillState,
    BulkOperation,
    HourStat,
    IdempotencyKey,
    Job,
    JobDay,
    JobState,
    JobVersion,
    Leader,
    MinuteStat,
    Run,
    RunLog,
    RunState,
    SecretUse,
    Worker,
)  # fmt: skip
from jobs.scheduler import clock_watch
from jobs.scheduler.clock_watch import WatchedClock
from jobs.scheduler.leader import LeaderThreads
from jobs.scheduler.lease import Lease
from jobs.scheduler.pulse import Pulse
from jobs.services import Service
from tests.support.builders import (
    make_attempt,
    make_job,
    make_log,
    make_run,
    make_secret,
    make_worker,
)
from tests.support.redis import RedisServer

DAY, YEAR = timedelta(days=1), timedelta(days=365)
TABLES = [model for model in apps.get_models() if model._meta.app_label == "beatwright"] + [
    TaskResult
]


class Clocks:
    """Seconds since the boot; the database's and the host's clock go with them, but for what each
    is off.
    """

    def __init__(self) -> None:
        self.booted, self.uptime = timezone.now(), 0.0
        self.database = self.wall = timedelta()

    @property
    def truth(self) -> datetime:
        return self.booted + timedelta(seconds=self.uptime)

    def now(self) -> datetime:
        return self.truth + self.database

    def at(self, database: datetime) -> Reading:
        return Reading(database, self.truth + self.wall, self.uptime)


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(clock_watch, "database_now", clocks.now)
    monkeypatch.setattr(Reading, "at", clocks.at)
    return clocks


def yesterdays() -> None:
    """One of each kind of row that goes when it is old."""
    now, then = timezone.now(), timezone.now() - DAY
    job = make_job(schedule="@manual", retention_days=5)
    over = {
        "finished_at": then,
        "started_at": then,
        "rolled_up": True,
        "publish_count": 1,
        "attempt": 1,
    }
    make_run(job, state=RunState.FAILED, **over)
    make_run(job, state=RunState.SKIPPED, **over)
    run = make_run(job, state=RunState.SUCCEEDED, **over)
    make_log(run, "x")
    make_attempt(run)
    make_worker(heartbeat_at=now)
    Alert.objects.create(
        kind=AlertKind.LATE, subject="x", message="x", opened_at=then, seen_at=then, closed_at=then
    )
    AuditEntry.objects.create(
        at=then, who="anna", verb="run_now", surface="console", target_kind="job"
    )
    JobVersion.objects.create(job=job, version=1, replaced_at=then, fields={})
    IdempotencyKey.objects.create(owner="anna", key="k", request="r", created_at=now)
    BulkOperation.objects.create(
        verb="pause", rights={}, created_at=then, state="done", finished_at=then
    )
    Backfill.objects.create(
        job=job,
        range_start=then,
        range_end=then,
        total=1,
        created_at=then,
        state=BackfillState.DONE,
        finished_at=then,
    )
    MinuteStat.objects.create(bucket=then, queue="default")
    HourStat.objects.create(bucket=then, queue="default")
    JobDay.objects.create(job=job, day=then.date())
    secret = make_secret("s")
    SecretUse.objects.create(job=job, secret=secret, day=then.date(), version=1, last_used_at=then)
    once = make_job(schedule=(now + DAY).isoformat())
    JobState.objects.filter(job=once).update(next_run_at=None, last_scheduled_for=then)
    Job.objects.filter(pk=make_job(schedule="@manual").pk).update(archived_at=then)


def counts() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in TABLES}


def rounds(services: Sequence[Service], clocks: Clocks, number: int = 8) -> None:
    """Each service, so often, with two seconds between: the clock that has jumped is doubted, and
    then believed.
    """
    for _ in range(number):
        clocks.uptime += 2
        for service in services:
            service.run()


@pytest.mark.parametrize("wall_follows", [True, False], ids=["one host", "two hosts"])
@pytest.mark.parametrize(
    "jump", [YEAR, -YEAR, 100 * YEAR], ids=["a year ahead", "a year back", "a century ahead"]
)
def test_a_clock_that_jumps_and_comes_back_costs_no_row(
    broker: RedisServer, clocks: Clocks, jump: timedelta, *, wall_follows: bool
) -> None:
    watched = WatchedClock()
    services = leader_services(watched.moment)
    rounds(services, clocks)
    yesterdays()
    rounds(services, clocks)
    before = counts()
    clocks.database, clocks.wall = jump, jump if wall_follows else timedelta()
    rounds(services, clocks)
    assert not watched.look(clocks.now()).is_held, "it is believed by now"
    rounds(leader_services(WatchedClock().moment), clocks)
    assert _lost(before) == {}, "while it is wrong, with this leader or the next"
    clocks.database = clocks.wall = timedelta()
    rounds(services, clocks)
    assert _lost(before) == {}, "when it is right again"
    assert Job.objects.filter(archived_at=None).count() == 2


def test_while_the_clock_is_doubted_no_service_works(clocks: Clocks) -> None:
    calls: list[datetime] = []

    def run_once(*, now: datetime) -> dict[str, int]:
        calls.append(now)
        return {}

    service = LeaderService.timed(WatchedClock().moment, "sweep", 1, run_once)
    rounds([service], clocks, 1)
    assert len(calls) == 1
    clocks.database = YEAR
    rounds([service], clocks, 4)
    assert len(calls) == 1
    assert Alert.objects.get(kind=AlertKind.CLOCK).message == (
        "the database's clock jumped by +31536000 s, which no clock of this host confirms; "
        "planning and the leader's "
        "services wait until it stays or is back"
    )
    clocks.database = timedelta()
    rounds([service], clocks, 1)
    assert len(calls) == 2


def test_as_many_years_that_did_pass_leave_none_of_it(broker: RedisServer, clocks: Clocks) -> None:
    watched = WatchedClock()
    services = leader_services(watched.moment)
    rounds(services, clocks)
    yesterdays()
    before = counts()
    clocks.uptime += (2 * YEAR).total_seconds()
    rounds(services, clocks)
    kinds = (Run, RunLog, TaskResult, Worker, JobVersion, IdempotencyKey, BulkOperation, Backfill)
    rows = (*kinds, MinuteStat, HourStat, JobDay, SecretUse)
    gone = _lost(before)
    assert [
        model.__name__ for model in rows if gone.get(model.__name__) != before[model.__name__]
    ] == []
    assert not Alert.objects.filter(subject="x").exists()
    assert Job.objects.count() == 1


def _lost(before: dict[str, int]) -> dict[str, int]:
    """How many rows of which tables are gone."""
    now = counts()
    return {name: number - now[name] for name, number in before.items() if now[name] < number}


@pytest.mark.parametrize(
    "jump", [timedelta(hours=1), timedelta(minutes=-10)], ids=["ahead", "behind"]
)
def test_a_step_that_is_over_before_the_next_sweep_costs_nobody_a_lease(
    clocks: Clocks, jump: timedelta
) -> None:
    """What a worker has renewed meanwhile has run out, or never will, by the clock that is right
    again.
    """
    lease = Lease("here")
    assert lease.renew()
    threads = LeaderThreads(lease, Pulse("here", "host", lambda: 0.0), clock=WatchedClock())
    services = [
        service
        for service in leader_services(threads.clock.moment)
        if service.name in {"clock", "recovery"}
    ]
    rounds(services, clocks, 1)
    Leader.objects.update(last_sweep_at=clocks.now(), judges_from=clocks.now())
    run = make_run(
        state=RunState.RUNNING, started_at=clocks.now(), worker="w1", publish_count=1, attempt=1
    )
    clocks.database = jump
    threads.clock.look(clocks.now())
    threads._note_steps(services)
    Run.objects.filter(pk=run.pk).update(lease_expires_at=clocks.now() + timedelta(seconds=60))
    clocks.database = timedelta()
    rounds(services, clocks, 2)
    assert Run.objects.get(pk=run.pk).state == RunState.RUNNING
    lease_end = Run.objects.get(pk=run.pk).lease_expires_at
    assert lease_end
    assert lease_end <= clocks.now() + timedelta(seconds=60)
