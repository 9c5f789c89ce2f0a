"""Who is told what of expectations that are not met, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from jobs.access.actor import SYSTEM
from jobs.actions.jobs import update_job
from jobs.maintenance.alerts import Alerts
from jobs.maintenance.expectations import check_expectations
from jobs.maintenance.rollups import RollUps
from jobs.models import Alert, AlertKind, Job, JobHealth, Miss, Run, RunState
from jobs.queries.attention.alerts import open_alerts
from tests.support.builders import by, make_job, make_run

NOW = timezone.now().replace(microsecond=0)
PAST = NOW - timedelta(minutes=10)
HOUR = timedelta(hours=1)


EXPECTATIONS = ("overdue", "slow", "short", "small_output", "no_run")
FAILURES = ("failing", "dead_letters")


def look(now: datetime = NOW, kinds: Sequence[str] = EXPECTATIONS) -> dict[str, int]:
    """One look for alerts of these kinds."""
    check_expectations(now=now)
    alerts = Alerts()
    alerts.detectors = {kind: see for kind, see in alerts.detectors.items() if kind in kinds}
    return alerts.run_once(now=now)


def told() -> dict[str, str]:
    """The open alerts: kind → message."""
    return {alert.kind: alert.message for alert in open_alerts(actor=SYSTEM)}


def overdue(job: Job, **fields: Any) -> Run:
    defaults = {"state": RunState.FAILED, "finished_at": PAST - HOUR, "resolved_at": PAST}
    return make_run(job, **({"scheduled_for": PAST - HOUR, "succeed_by": PAST} | defaults | fields))


def succeeds(job: Job, at: datetime) -> Run:
    run = make_run(job, state=RunState.SUCCEEDED, started_at=at, finished_at=at, attempt=1)
    RollUps().run_once(now=at)
    return run


def test_a_missed_deadline_is_told_until_the_job_succeeds() -> None:
    job = make_job(name="nightly", must_succeed_by="1h")
    run = overdue(job)
    assert look() == {"opened": 1, "closed": 0}
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject, alert.job, alert.run_id) == (
        AlertKind.OVERDUE,
        str(job.pk),
        job,
        run.pk,
    )
    assert alert.message.startswith("nightly: The occurrence of ")
    assert look() == {"opened": 0, "closed": 0}
    succeeds(job, NOW)
    assert look(NOW + HOUR) == {"opened": 0, "closed": 1}
    assert Miss.objects.get().over_at == NOW + HOUR
    assert look(NOW + HOUR) == {"opened": 0, "closed": 0}


def test_a_miss_that_is_found_out_after_the_success_is_told_once_and_over_at_the_next_look() -> (
    None
):
    job = make_job(must_succeed_by="1h")
    overdue(job, state=RunState.SUCCEEDED, finished_at=PAST + timedelta(minutes=1), attempt=1)
    RollUps().run_once(now=NOW)
    assert look() == {"opened": 1, "closed": 0}
    assert look() == {"opened": 0, "closed": 1}
    assert look() == {"opened": 0, "closed": 0}


def test_several_missed_deadlines_of_a_job_are_one_alert_about_the_newest() -> None:
    job = make_job(name="hourly", must_succeed_by="1h")
    newest = overdue(job)
    overdue(job, succeed_by=PAST - HOUR)
    overdue(job, succeed_by=PAST - 2 * HOUR)
    assert look() == {"opened": 1, "closed": 0}
    assert Alert.objects.get().run_id == newest.pk
    assert told()["overdue"].endswith("The same holds of 2 before it.")


def test_a_miss_is_over_when_it_is_no_longer_expected() -> None:
    job = make_job(must_succeed_by="1h")
    overdue(job)
    look()
    update_job(job, {"must_succeed_by": ""}, actor=by("ana"), now=NOW)
    assert look() == {"opened": 0, "closed": 1}


def test_what_a_person_has_paused_opens_no_alert() -> None:
    job = make_job(must_succeed_by="1h")
    overdue(job, state=RunState.SKIPPED, reason="paused by ana: db move")
    assert look() == {"opened": 0, "closed": 0}
    assert Miss.objects.count() == 1


def test_a_run_that_goes_on_for_too_long_is_told_and_over_when_it_succeeds() -> None:
    job = make_job(name="export", longest_run="30m")
    run = make_run(job, state=RunState.RUNNING, started_at=NOW - HOUR, attempt=1)
    look()
    assert "has been running for 1 h; the longest run is 30 min." in told()["slow"]
    Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED, finished_at=NOW)
    RollUps().run_once(now=NOW)
    assert look() == {"opened": 0, "closed": 1}


def test_a_run_that_was_too_short_is_told_until_a_later_one_succeeds() -> None:
    job = make_job(shortest_run="1m")
    succeeds(job, NOW)
    assert look() == {"opened": 1, "closed": 0}
    assert look() == {"opened": 0, "closed": 0}
    late = NOW + HOUR
    make_run(
        job, state=RunState.SUCCEEDED, started_at=late, finished_at=late + HOUR, attempt=1,
        available_at=late,
    )  # fmt: skip
    RollUps().run_once(now=late + HOUR)
    assert look(late + HOUR) == {"opened": 0, "closed": 1}


# --- No run started ---


def silent(job: Job) -> JobHealth:
    return JobHealth.objects.get(job=job)


def test_a_job_is_silent_when_nothing_starts_for_too_long_after_it_was_saved() -> None:
    job = make_job(name="hourly", longest_silence_seconds=3600)
    saved = job.updated_at
    assert look(saved + HOUR - timedelta(seconds=1)) == {"opened": 0, "closed": 0}
    assert look(saved + HOUR) == {"opened": 1, "closed": 0}
    assert told()["no_run"].startswith("hourly: no run has started since ")
    assert told()["no_run"].endswith("one is expected at least every 1 h")


def test_a_run_that_starts_ends_the_silence_before_it_has_ended() -> None:
    job = make_job(longest_silence_seconds=3600)
    late = job.updated_at + HOUR
    assert look(late)["opened"] == 1
    make_run(job, state=RunState.RUNNING, started_at=late, attempt=1)
    assert look(late) == {"opened": 0, "closed": 1}


def test_silence_is_counted_from_the_last_start_that_has_ended() -> None:
    job = make_job(longest_silence_seconds=3600)
    late = job.updated_at + HOUR
    make_run(job, started_at=late, available_at=late, finished_at=late + 3 * HOUR, attempt=1,
             state=RunState.FAILED, resolved_at=late)  # fmt: skip
    RollUps().run_once(now=late)
    assert silent(job).silent_from == late + HOUR


def test_a_paused_job_may_be_silent_and_is_counted_anew_when_it_goes_on() -> None:
    job = make_job(longest_silence_seconds=3600, enabled=False)
    assert look(job.updated_at + 9 * HOUR) == {"opened": 0, "closed": 0}
    update_job(job, {"enabled": True}, actor=by("ana"), now=NOW + 9 * HOUR)
    job.refresh_from_db()
    assert silent(job).silent_from == job.updated_at + HOUR


def test_a_job_without_a_longest_silence_may_be_silent() -> None:
    make_job()
    update_job(
        job := make_job(longest_silence_seconds=3600),
        {"longest_silence_seconds": None}, actor=by("ana"), now=NOW,
    )  # fmt: skip
    assert silent(job).silent_from is None
    assert look(NOW + 99 * HOUR) == {"opened": 0, "closed": 0}


# --- Failures in a row, and causes ---


@pytest.mark.parametrize(("own", "number"), [(None, 2), (1, 1), (4, 4)])
def test_a_job_says_how_many_failures_are_too_many(own: int | None, number: int) -> None:
    job = make_job(failures_before_alert=own)
    for _ in range(number - 1):
        overdue(job, succeed_by=None)
    assert "failing" not in (look(kinds=FAILURES) and told())
    overdue(job, succeed_by=None)
    look(kinds=FAILURES)
    assert "failing" in told()
    succeeds(job, NOW)
    look(kinds=FAILURES)
    assert "failing" not in told()


def test_failures_and_dead_letters_of_one_error_have_one_cause() -> None:
    for _ in range(3):
        job = make_job(failures_before_alert=1)
        overdue(job, succeed_by=None, fingerprint="a" * 40, resolved_at=None)
    look(kinds=FAILURES)
    assert set(Alert.objects.values_list("cause", "kind")) == {
        (f"error:{'a' * 40}", "failing"),
        (f"error:{'a' * 40}", "dead_letters"),
    }


def test_an_alert_of_its_own_has_a_cause_of_its_own_and_follows_its_error() -> None:
    job = make_job(failures_before_alert=1)
    overdue(job, succeed_by=None)
    look(kinds=FAILURES)
    assert Alert.objects.get().cause == f"failing:{job.pk}"
    overdue(job, succeed_by=None, fingerprint="b" * 40)
    look(kinds=FAILURES)
    assert Alert.objects.get().cause == f"error:{'b' * 40}"
