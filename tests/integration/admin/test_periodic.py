"""django-celery-beat's rows, and adopting them as jobs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from jobs.actions.adoption import adopt
from jobs.errors import DomainError
from jobs.importers.export.celery_beat import export_celery_beat
from jobs.models import Job
from tests.support.builders import by

LIST = "/admin/django_celery_beat/periodictask/"


def make_row(**fields: Any) -> PeriodicTask:
    """A row of django-celery-beat, by default an EchoTask every 90 seconds."""
    if not fields.keys() & {"crontab", "clocked", "solar"}:
        fields.setdefault("interval", IntervalSchedule.objects.create(every=90, period="seconds"))
    return PeriodicTask.objects.create(**({"name": "row", "task": "EchoTask"} | fields))


def adopted(**fields: Any) -> Job:
    return adopt(make_row(**fields), actor=by("ana"), now=timezone.now())


def crontab(*fields: str, zone: str = "UTC") -> CrontabSchedule:
    minute, hour, day, month, weekday = fields
    return CrontabSchedule.objects.create(
        minute=minute,
        hour=hour,
        day_of_month=day,
        month_of_year=month,
        day_of_week=weekday,
        timezone=zone,
    )


def test_a_crontab_becomes_the_same_five_fields_in_its_zone() -> None:
    job = adopted(crontab=crontab("30", "2", "*", "*", "mon-fri", zone="Europe/Berlin"))
    assert (job.schedule, job.timezone) == ("30 2 * * mon-fri", "Europe/Berlin")


@pytest.mark.parametrize(
    ("every", "period", "text"),
    [
        (90, "seconds", "@every 1m30s"),
        (36, "hours", "@every 1d12h"),
        (1, "days", "@every 1d"),
        (5, "minutes", "@every 5m"),
    ],
)
def test_an_interval_becomes_every(every: int, period: str, text: str) -> None:
    assert (
        adopted(interval=IntervalSchedule.objects.create(every=every, period=period)).schedule
        == text
    )


def test_an_interval_keeps_its_rhythm() -> None:
    last = timezone.now() - timedelta(seconds=30)
    job = adopted(last_run_at=last)
    assert job.state.next_run_at == last.replace(microsecond=0) + timedelta(seconds=90)


def test_a_clocked_row_becomes_a_date_time() -> None:
    moment = (timezone.now() + timedelta(days=90)).replace(microsecond=0)
    job = adopted(clocked=ClockedSchedule.objects.create(clocked_time=moment), one_off=True)
    assert job.schedule == f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    assert job.state.next_run_at == moment


def test_everything_else_comes_along_and_the_row_is_switched_off() -> None:
    start, end = datetime(2098, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    job = adopted(
        kwargs='{"payload": [1, 2]}',
        queue="reports",
        description="two",
        start_time=start,
        expires=end,
        name="both",
    )
    assert (job.name, job.params, job.queue, job.description) == (
        "both",
        {"payload": [1, 2]},
        "reports",
        "two",
    )
    assert (job.starts_at, job.ends_at, job.enabled) == (start, end, True)
    assert not PeriodicTask.objects.get().enabled


def test_a_row_that_is_off_becomes_a_paused_job() -> None:
    assert not adopted(enabled=False).enabled


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"args": "[1]"}, "args"),
        ({"kwargs": "[]"}, "kwargs"),
        ({"kwargs": "{"}, "kwargs"),
        ({"exchange": "x"}, "exchange"),
        ({"queue": "q", "routing_key": "x"}, "routing_key"),
        ({"headers": "[]"}, "headers"),
        ({"task": "no.such.task"}, "task"),
    ],
)
def test_what_a_job_cannot_express_is_refused_by_name_and_nothing_changes(
    fields: dict[str, Any], field: str
) -> None:
    row = make_row(**fields)
    with pytest.raises(DomainError) as refusal:
        adopt(row, actor=by("ana"), now=timezone.now())
    assert refusal.value.field == field
    assert PeriodicTask.objects.get().enabled
    assert not Job.objects.exists()


def test_two_restricted_day_fields_must_both_match() -> None:
    job = adopted(crontab=crontab("0", "6", "1", "*", "mon"))
    assert (job.schedule, job.day_rule) == ("0 6 1 * mon", "and")
    assert job.rule().describe() == "At 06:00 on day 1 of the month, if it is Monday, UTC"


def test_every_column_has_its_field() -> None:
    job = adopted(
        one_off=True, expire_seconds=60, priority=3, headers='{"a": 1}', routing_key="reports"
    )
    assert (job.one_off, job.start_deadline_seconds, job.queue) == (True, 60, "reports")
    assert (job.priority, job.metadata) == (7, {"celery_headers": {"a": 1}})


@pytest.mark.parametrize("schedule", ["interval", "crontab"])
def test_after_adopting_the_way_back_writes_the_row_again(schedule: str) -> None:
    times = {"crontab": crontab("0", "6", "1", "*", "mon")} if schedule == "crontab" else {}
    row = make_row(headers='{"tenant": "a"}', expire_seconds=60, priority=3, one_off=True, **times)
    job = adopt(row, actor=by("ana"), now=timezone.now())
    outcome = export_celery_beat(now=timezone.now())
    assert (outcome.refused, outcome.written) == ([], 1)
    back = PeriodicTask.objects.get()
    assert (back.pk, back.enabled, back.one_off, back.expire_seconds, back.priority) == (
        row.pk,
        False,
        True,
        60,
        3,
    )
    assert json.loads(back.headers)["tenant"] == "a"
    if schedule == "crontab":
        assert (back.crontab.day_of_month, back.crontab.day_of_week) == ("1", "1")
    job.enabled = False
    job.save()
    assert export_celery_beat(now=timezone.now()).removed == 0
    assert PeriodicTask.objects.get().pk == row.pk  # it was there before us, and stays


def test_solar_events_are_refused() -> None:
    with pytest.raises(DomainError, match="solar"):
        adopted(solar=SolarSchedule.objects.create(event="sunrise", latitude=52, longitude=13))


def act(client: Client, action: str) -> str:
    data = {
        "action": action,
        "_selected_action": list(PeriodicTask.objects.values_list("pk", flat=True)),
    }
    return " ".join(
        str(message) for message in client.post(LIST, data, follow=True).context["messages"]
    )


def test_the_lists_action_adopts_what_it_can_and_says_what_it_cannot(boss: Client) -> None:
    make_row(name="good")
    make_row(name="bad", args="[1]")
    told = act(boss, "adopt_as_jobs")
    assert "Created the job good and disabled its row." in told
    assert "bad: args: positional arguments" in told
    assert list(Job.objects.values_list("name", flat=True)) == ["good"]


def test_adopting_needs_the_right_to_add_jobs() -> None:
    user = User.objects.create_user("beat-only", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_periodictask"))
    client = Client()
    client.force_login(user)
    make_row()
    act(client, "adopt_as_jobs")
    assert not Job.objects.exists()


def test_a_rows_secrets_are_hidden_in_its_form_and_kept(boss: Client) -> None:
    row = make_row(kwargs='{"password": "corr3ct-h0rse", "n": 1}')
    page = boss.get(f"{LIST}{row.pk}/change/")
    assert "corr3ct-h0rse" not in page.content.decode()
    form = page.context["adminform"].form
    sent = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    sent |= {"regtask": "EchoTask", "last_run_at_0": "", "last_run_at_1": "", "enabled": "on"}
    saved = boss.post(
        f"{LIST}{row.pk}/change/", sent | {"kwargs": sent["kwargs"].replace("1", "2")}
    )
    assert saved.status_code == 302, saved.context["adminform"].form.errors
    row.refresh_from_db()
    assert json.loads(row.kwargs) == {"password": "corr3ct-h0rse", "n": 2}
    refused = boss.post(f"{LIST}{row.pk}/change/", sent | {"kwargs": '{"message": "••••••"}'})
    assert "does not stand for a stored secret" in refused.content.decode()


def test_rows_are_edited_as_in_beats_own_admin(boss: Client) -> None:
    row = make_row(crontab=crontab("0", "6", "*", "*", "*"))
    assert "Crontab" in boss.get(f"{LIST}{row.pk}/change/").content.decode()
    act(boss, "disable_tasks")
    assert not PeriodicTask.objects.get().enabled
