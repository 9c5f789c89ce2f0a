"""What is deleted for its age waits until the time is believed to have passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.dispatch.clock import Reading
from jobs.maintenance.retention.old_enough import OnlyWhatIsOld
from jobs.models import Alert, AlertKind, Leader
from jobs.models.fleet.leader import RETENTION

START = timezone.now()
MINUTE, HOUR, DAY, YEAR = (
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=365),
)


class Host:
    """Clocks of one host and the database, which agree unless they are set; ``passes`` is what
    nobody can set.
    """

    def __init__(self) -> None:
        self.truth, self.uptime = START, 1_000.0
        self.database = self.wall = timedelta()

    def passes(self, time: timedelta, *, is_up: bool = True) -> None:
        self.truth += time
        self.uptime = self.uptime + time.total_seconds() if is_up else 0.0

    def at(self, database: datetime) -> Reading:
        return Reading(database, self.truth + self.wall, self.uptime)

    @property
    def now(self) -> datetime:
        return self.truth + self.database


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    host = Host()
    monkeypatch.setattr(Reading, "at", host.at)
    return host


class Scheduler:
    """Another leader; ``deletes`` is one look of its retention: whether it deleted."""

    def __init__(self, host: Host) -> None:
        self.host, self.calls = host, 0
        self.retention = OnlyWhatIsOld(self._delete)

    def _delete(self, **_: Any) -> dict[str, int]:
        self.calls += 1
        return {"runs": 1}

    def deletes(self) -> bool:
        before = self.calls
        told = self.retention.run_once(now=self.host.now)
        assert told == ({"runs": 1} if self.calls > before else {})
        return self.calls > before


def said() -> list[str]:
    return [alert.message for alert in Alert.objects.filter(kind=AlertKind.CLOCK, closed_at=None)]


def test_while_the_clock_goes_on_what_is_old_goes(host: Host) -> None:
    leader = Scheduler(host)
    assert leader.deletes()
    host.passes(MINUTE)
    assert leader.deletes()
    assert said() == []


@pytest.mark.parametrize("wall_follows", [True, False], ids=["one host", "two hosts"])
def test_a_clock_a_year_ahead_deletes_nothing_and_says_so(
    host: Host, *, wall_follows: bool
) -> None:
    leader = Scheduler(host)
    assert leader.deletes()
    host.passes(MINUTE)
    host.database, host.wall = YEAR, YEAR if wall_follows else timedelta()
    assert not leader.deletes()
    assert len(said()) == 1
    assert said()[0].startswith("retention is suspended: the database's clock ")
    assert not Scheduler(host).deletes(), "whoever leads next waits, too"

    host.passes(MINUTE)
    host.database = host.wall = timedelta()
    assert not leader.deletes(), "it has just jumped again"
    host.passes(DAY + MINUTE)
    assert leader.deletes(), "a day after it was set right, not a year"
    assert said() == []


def test_a_clock_that_stays_ahead_for_a_day_is_believed_where_no_other_says_something_else(
    host: Host,
) -> None:
    leader = Scheduler(host)
    leader.deletes()
    host.database = host.wall = YEAR
    assert not leader.deletes()
    host.passes(DAY - MINUTE)
    assert not leader.deletes()
    host.passes(2 * MINUTE)
    assert leader.deletes()


def test_a_clock_that_stays_apart_from_the_hosts_is_never_believed(host: Host) -> None:
    leader = Scheduler(host)
    leader.deletes()
    host.database = 2 * HOUR
    for _ in range(3):
        host.passes(DAY / 2)
        assert not leader.deletes()
    assert said() == [
        (
            "retention is suspended: the database's clock differs by +7,200 s from the clock of "
            "the scheduler's host"
        )
    ]
    host.wall = 2 * HOUR
    assert leader.deletes()


def test_after_schedulers_were_off_for_longer_than_a_day_nothing_goes_for_a_day(host: Host) -> None:
    Scheduler(host).deletes()
    host.passes(3 * DAY, is_up=False)
    assert not Scheduler(host).deletes()
    host.passes(DAY / 2)
    assert not Scheduler(host).deletes()
    host.passes(DAY / 2)
    assert Scheduler(host).deletes()


def test_a_host_that_slept_for_a_week_has_seen_it_pass(host: Host) -> None:
    leader = Scheduler(host)
    leader.deletes()
    host.passes(7 * DAY)
    assert leader.deletes()


def test_a_short_time_without_a_scheduler_is_believed(host: Host) -> None:
    Scheduler(host).deletes()
    host.passes(20 * HOUR, is_up=False)
    assert Scheduler(host).deletes()


def test_a_scheduler_that_starts_beside_a_wrong_clock_deletes_nothing(host: Host) -> None:
    host.database = YEAR
    assert not Scheduler(host).deletes()
    assert Leader.objects.filter(role=RETENTION).count() == 1
