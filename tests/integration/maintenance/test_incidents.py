"""Incidents: what a worker lost is one matter, and so is a clock that jumped."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.maintenance.alerts import Alerts, raise_alert
from jobs.maintenance.alerts.incidents import ClockJumps
from jobs.models import Alert, AlertKind, Loss, LostAttempt, RunState
from jobs.moments import stamp
from jobs.queries.attention.alerts import open_alerts
from tests.support.builders import make_job, make_leader, make_run, make_worker

SOON = timedelta(seconds=90)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _all_is_well() -> None:
    make_leader()
    make_worker(heartbeat_at=timezone.now() + 24 * HOUR)


def look(after: timedelta = SOON) -> dict[str, int]:
    return Alerts().run_once(now=timezone.now() + after)


def kinds() -> list[str]:
    return sorted(alert.kind for alert in open_alerts(actor=SYSTEM))


def the_alert() -> Alert:
    (alert,) = open_alerts(actor=SYSTEM)
    return alert


def lost(worker: str, cause: Loss = Loss.LEASE, *, heard: datetime, until: datetime) -> None:
    run = make_run(make_job(schedule="@manual"), state=RunState.SUCCEEDED)
    LostAttempt.objects.create(
        run=run, attempt=1, worker=worker, cause=cause, heard_at=heard, lost_at=until
    )


def test_what_a_worker_has_refused_is_told_for_an_hour_after_the_last_of_it() -> None:
    now, last = timezone.now(), "the task 'shop.mail' is no run"
    make_worker(
        name="w1", refused_messages=1, refused_last=last, refused_at=now - timedelta(minutes=50)
    )
    make_worker(name="w2", refused_messages=1234, refused_last=last, refused_at=now - 2 * HOUR)
    look()
    assert kinds() == [], "it is the worker that opens it"
    for name in ("w1", "w2"):
        raise_alert(AlertKind.REFUSED, "it has refused messages", subject=name, now=now)
    look()
    assert (the_alert().kind, the_alert().subject) == (AlertKind.REFUSED, "w1")
    assert (
        the_alert().message
        == f"worker w1 has refused 1 message since it started; the last one: {last}"
    )
    look(timedelta(minutes=20))
    assert kinds() == []


def test_a_worker_that_was_cut_off_is_one_matter_however_many_runs_moved() -> None:
    now = timezone.now()
    since, until = now - timedelta(minutes=10), now - timedelta(minutes=5)
    for _ in range(3):
        lost("w1", heard=since, until=until)
    look()
    assert (the_alert().kind, the_alert().subject) == (AlertKind.CUT_OFF, "w1")
    assert the_alert().message == f"worker w1 has been cut off since {stamp(since)}: 3 runs moved"

    make_worker(name="w1", heartbeat_at=now + HOUR)
    look()
    assert (
        the_alert().message
        == f"worker w1 was cut off from {stamp(since)} to {stamp(until)}: 3 runs moved"
    )
    look(HOUR)
    assert kinds() == []


def test_a_worker_that_died_is_told_from_one_that_was_cut_off() -> None:
    now = timezone.now()
    lost("w1", Loss.WORKER, heard=now, until=now)
    look()
    assert the_alert().message == f"worker w1 died after {stamp(now)}: 1 run moved"


def test_a_process_that_died_alone_is_no_incident_of_its_worker() -> None:
    now = timezone.now()
    lost("w1", Loss.CHILD, heard=now, until=now)
    look()
    assert kinds() == []


def test_a_jump_of_the_clock_is_shown_for_an_hour_of_the_one_that_nobody_sets() -> None:
    now, uptime, alerts = timezone.now(), 100.0, Alerts()
    alerts.detectors[AlertKind.CLOCK] = ClockJumps(lambda: uptime)
    raise_alert(AlertKind.CLOCK, "it jumped", now=now)
    raise_alert(AlertKind.CLOCK, "it jumped again", now=now)
    for jumped in (-2 * HOUR, timedelta(), 2 * HOUR):
        uptime += 1_700
        alerts.run_once(now=now + jumped)
        assert (the_alert().kind, the_alert().message) == (AlertKind.CLOCK, "it jumped")
    uptime += 1_700
    alerts.run_once(now=now)
    assert kinds() == []
