"""Jobs as rows of django-celery-beat: stock beat starts them at the same minutes, or they are
refused by name.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from jobs.errors import ScheduleError
from jobs.importers.export.celery_beat import ExportOutcome, export_celery_beat
from jobs.models import Job
from jobs.schedules import Schedule, check_new
from tests.support.builders import make_job

MINUTE = timedelta(minutes=1)
# No clock in the zones used here changes within the weeks after it.
JULY = datetime(2026, 7, 1, tzinfo=UTC)


def export(now: datetime | None = None) -> ExportOutcome:
    return export_celery_beat(now=now or timezone.now())


def exported(now: datetime | None = None, **fields: Any) -> PeriodicTask:
    """The row of a new job; the export must have written it."""
    job = make_job(**fields)
    outcome = export(now)
    assert outcome.refused == []
    return PeriodicTask.objects.get(name=job.name)


def refusal(now: datetime | None = None, **fields: Any) -> str:
    make_job(**fields)
    outcome = export(now)
    assert not PeriodicTask.objects.exists()
    return outcome.refused[0][1]


def entry(row: PeriodicTask) -> ModelEntry:
    """Celery beat's view of the row, once somebody enabled it in July."""
    row.enabled, row.date_changed = True, JULY
    return ModelEntry(row, app=current_app)


def started_by_beat(row: PeriodicTask, minutes: int) -> list[datetime]:
    """The minutes after JULY in which celery beat starts the row, which it looks at when it said it
    would.
    """
    beat, moment, end = entry(row), JULY, JULY + minutes * MINUTE
    found = []
    with time_machine.travel(moment, tick=False) as traveller:
        while moment <= end:
            traveller.move_to(moment)
            state = beat.is_due()
            if state.is_due:
                found.append(moment.replace(second=0, microsecond=0))
                beat.last_run_at = moment
            moment += timedelta(seconds=min(max(state.next, 1), 86_400))
    return found


def due(job: Job, minutes: int) -> list[datetime]:
    """The minutes after JULY in which the job is due."""
    plan = Schedule(
        job.rule(), anchor=job.starts_at or JULY, starts_at=job.starts_at, ends_at=job.ends_at
    )
    return plan.between(JULY, JULY + minutes * MINUTE, minutes)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize(
    "text",
    [
        "*/7 * * * *",
        "0 */15 9-17 * * MON-FRI",
        "5/20 3 * * *",
        "30 2 * * 7",
        "0 0 * * SUN-TUE",
        "15 6 1,3 * *",
        "0 12 */2 * FRI",
        "0 0 4 JUL-SEP *",
        "@hourly",
        "@daily",
        "@weekly",
    ],
)
def test_beat_starts_a_cron_job_in_the_minutes_in_which_we_do(text: str, zone: str) -> None:
    row = exported(JULY, schedule=text, timezone=zone)
    minutes = 8 * 24 * 60
    found = due(Job.objects.get(), minutes)
    assert found
    assert started_by_beat(row, minutes) == found


@pytest.mark.parametrize("text", ["0 0 1-7 * MON", "30 6 1,15 * 1-5"])
def test_beat_starts_a_job_whose_days_must_match_both_fields_when_we_do(text: str) -> None:
    row = exported(JULY, schedule=text, day_rule="and")
    minutes = 40 * 24 * 60
    found = due(Job.objects.get(), minutes)
    assert found
    assert started_by_beat(row, minutes) == found


def field(low: int, high: int) -> st.SearchStrategy[str]:
    values = st.integers(low, high)
    ranges = st.tuples(values, values).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.integers(1, high - low + 1)
    plain = (
        values.map(str) | ranges | st.tuples(ranges, steps).map(lambda pair: f"{pair[0]}/{pair[1]}")
    )
    return (
        st.just("*")
        | steps.map(lambda step: f"*/{step}")
        | st.lists(plain, min_size=1, max_size=3).map(",".join)
    )


crons = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7)).map(" ".join)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(crons)
def test_any_cron_is_started_in_the_same_minutes_or_refused(text: str) -> None:
    try:
        check_new(text, "UTC", JULY)
    except ScheduleError:
        assume(False)
    PeriodicTask.objects.all().delete()
    Job.objects.all().delete()
    job = make_job(schedule=text)
    if export(JULY).refused:
        _, _, days, _, weekdays = text.split()
        assert not days.startswith("*")
        assert not weekdays.startswith("*")
        return
    minutes = 36 * 60
    assert started_by_beat(PeriodicTask.objects.get(), minutes) == due(job, minutes)


def test_a_row_is_disabled_and_carries_what_the_job_says() -> None:
    row = exported(
        name="a",
        task="LogTask",
        params={"message": "ü"},
        queue="mail",
        description="Why",
        priority=20,
        schedule="@daily",
    )
    assert (row.enabled, row.last_run_at, row.task, row.queue, row.description) == (
        False,
        None,
        "LogTask",
        "mail",
        "Why",
    )
    assert json.loads(row.kwargs) == {"message": "ü"}
    assert json.loads(row.headers) == {"beatwright-job": str(Job.objects.get().pk)}
    assert row.priority == 0, "Redis takes the low number first"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"schedule": "*/10 * * * * *"}, "no seconds"),
        ({"schedule": "30 0 * * * *"}, "no seconds"),
        ({"schedule": "0 0 13 * FRI"}, "both day fields are restricted and either may match"),
        ({"schedule": "0 0 L * *"}, "no L, LW and #"),
        ({"schedule": "0 0 LW * *"}, "no L, LW and #"),
        ({"schedule": "0 0 * * 5L"}, "no L, LW and #"),
        ({"schedule": "0 0 * * 1#2"}, "no L, LW and #"),
        ({"schedule": "RRULE:FREQ=DAILY"}, "RRULE"),
        ({"schedule": "@manual"}, "by hand"),
        ({"schedule": "@daily", "enabled": False}, "paused"),
        ({"schedule": "2020-01-01T00:00:00Z"}, "never fires again"),
        ({"schedule": "@daily", "ends_at": JULY - timedelta(days=1)}, "never fires again"),
        ({"schedule": "@daily", "starts_at": JULY + timedelta(days=3)}, "starts_at lies ahead"),
    ],
)
def test_what_beat_would_not_do_is_refused_with_the_reason(
    fields: dict[str, Any], reason: str
) -> None:
    assert reason in refusal(JULY, **fields)


def test_a_window_that_begins_before_the_next_occurrence_anyway_is_no_obstacle() -> None:
    row = exported(JULY, schedule="0 6 * * *", starts_at=JULY + timedelta(hours=2))
    assert row.start_time is None


def test_a_window_that_began_long_ago_does_not_make_beat_start_at_once() -> None:
    row = exported(JULY, schedule="0 6 * * *", starts_at=JULY - timedelta(days=90))
    assert started_by_beat(row, 60 * 5) == []


@pytest.mark.parametrize(
    "ends_after",
    [timedelta(hours=2), timedelta(hours=2, seconds=59), timedelta(hours=2, minutes=30)],
)
def test_beat_starts_the_last_occurrence_of_a_window_and_none_after(ends_after: timedelta) -> None:
    row = exported(JULY, schedule="0 * * * *", ends_at=JULY + ends_after)
    hours = [JULY + timedelta(hours=hour) for hour in (1, 2)]
    assert started_by_beat(row, 60 * 5) == hours


def test_a_one_off_is_started_once_at_its_moment() -> None:
    row = exported(JULY, schedule="2026-07-01T01:30:00Z")
    assert row.one_off
    beat = entry(row)
    with time_machine.travel(JULY + timedelta(minutes=89), tick=False) as traveller:
        assert not beat.is_due().is_due
        traveller.move_to(JULY + timedelta(minutes=90, seconds=1))
        assert beat.is_due().is_due


def test_an_interval_begins_where_the_job_is_due_next_and_its_drift_is_told() -> None:
    job = make_job(schedule="@every 90m", starts_at=JULY - timedelta(minutes=60))
    outcome = export(JULY)
    assert "its times drift" in outcome.notes[0][1]
    row = PeriodicTask.objects.get()
    assert (row.interval.every, row.interval.period, row.start_time) == (
        90,
        "minutes",
        JULY + timedelta(minutes=30),
    )
    assert started_by_beat(row, 24 * 60) == due(job, 24 * 60)


def test_beat_considers_a_row_at_any_time_of_day_whatever_its_zone() -> None:
    exported(schedule="0 14 * * *", timezone="Australia/Lord_Howe")
    PeriodicTask.objects.update(enabled=True)
    scheduler = DatabaseScheduler(app=current_app, lazy=True)
    with time_machine.travel(JULY, tick=False) as traveller:
        for hour in range(24):
            traveller.move_to(JULY + timedelta(hours=hour))
            assert len(scheduler.enabled_models_qs()) == 1


def test_what_a_periodic_task_cannot_carry_is_told() -> None:
    make_job(
        schedule="30 2 * * *",
        timezone="Europe/Berlin",
        overlap_policy="skip",
        timeout_seconds=5,
        max_retries=0,
        pool="p",
        retention_days=7,
    )
    notes = [note for _, note in export().notes]
    assert notes == [
        "on days when the clocks change, celery beat may miss or repeat an occurrence",
        "celery beat knows nothing of its pool, overlap, time limit, retries, keep history",
    ]


def test_exporting_again_brings_the_rows_up_to_date() -> None:
    stays, changes, goes, outgrows = (
        make_job(name=name) for name in ("stays", "changes", "goes", "outgrows")
    )
    export()
    before = PeriodicTask.objects.get(name="stays").pk
    changes.schedule = "@daily"
    changes.save()
    goes.delete()
    outgrows.schedule = "0 0 L * *"
    outgrows.save()
    outcome = export()
    assert (outcome.written, outcome.removed, [name for name, _ in outcome.refused]) == (
        2,
        2,
        ["outgrows"],
    )
    assert PeriodicTask.objects.get(name=stays.name).pk == before
    assert PeriodicTask.objects.get(name="changes").crontab.hour == "0-0"
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == {"stays", "changes"}


def test_rows_of_others_and_rows_in_use_are_left_alone() -> None:
    crontab = CrontabSchedule.objects.create(minute="1")
    PeriodicTask.objects.create(name="theirs", task="x", crontab=crontab)
    PeriodicTask.objects.create(name="nobody's", task="x", crontab=crontab, enabled=False)
    make_job(name="theirs")
    make_job(name="in use")
    export()
    PeriodicTask.objects.filter(name="in use").update(enabled=True)
    outcome = export()
    assert dict(outcome.refused) == {
        "theirs": "another periodic task has this name",
        "in use": "its periodic task is enabled: disable it before you export it again",
    }
    assert PeriodicTask.objects.filter(enabled=True).count() == 2
    assert PeriodicTask.objects.filter(name="nobody's").exists()
