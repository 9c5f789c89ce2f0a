"""What an alert says is so at the moment at which it is read."""

from __future__ import annotations

from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.maintenance.alerts import Alerts
from jobs.maintenance.rollups import RollUps
from jobs.models import Run, RunState
from jobs.queries.attention.alerts import open_alerts
from tests.support.builders import make_job, make_run


def said() -> str:
    """What the one open alert says to whoever looks now."""
    (alert,) = open_alerts(actor=SYSTEM)
    return alert.message


def test_what_an_alert_says_is_so_when_it_is_shown_not_when_it_was_opened() -> None:
    job = make_job(name="billing")
    for _ in range(2):
        make_run(job, state=RunState.FAILED, finished_at=timezone.now(), attempt=1)
    Run.objects.update(resolved_at=timezone.now())
    Alerts().run_once(now=timezone.now())
    for error in ("first", "second", "third"):
        make_run(
            job,
            state=RunState.FAILED,
            error=error,
            started_at=timezone.now(),
            finished_at=timezone.now(),
            resolved_at=timezone.now(),
            attempt=1,
        )
    RollUps().run_once(now=timezone.now())
    assert said() == "billing: its last 5 runs failed: third"


def test_dead_letters_are_counted_when_they_are_shown() -> None:
    job = make_job(name="billing")
    make_run(job, state=RunState.FAILED, finished_at=timezone.now())
    Alerts().run_once(now=timezone.now())
    assert said() == "billing: 1 dead letter"
    make_run(job, state=RunState.FAILED, finished_at=timezone.now())
    assert said() == "billing: 2 dead letters"
