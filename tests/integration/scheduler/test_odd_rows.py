"""One odd row stops nothing: it is named, and every other row is planned and sent at its time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery._state import get_current_app
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    PeriodicTasks,
    SolarSchedule,
)

from jobs.maintenance.alerts import Alerts
from jobs.models import Alert, AlertKind
from jobs.queries.health import examine
from jobs.scheduler import JobScheduler
from tests.support.builders import make_worker
from tests.support.redis import RedisServer

LONG_AGO = timedelta(minutes=10)


def interval(every: int = 10, period: str = "seconds") -> IntervalSchedule:
    return IntervalSchedule.objects.create(every=every, period=period)


def crontab(**fields: str) -> CrontabSchedule:
    row = CrontabSchedule.objects.create()
    if fields:
        sets = ", ".join(f"{name} = %s" for name in fields)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE django_celery_beat_crontabschedule SET {sets} WHERE id = %s",
                [*fields.values(), row.pk],
            )
    return row


# Each kind of odd row: how it is planted, and a piece of what is said of it.
ODD: dict[str, tuple[Any, str]] = {
    "solar": (
        lambda: {"solar": SolarSchedule.objects.create(event="sunset", latitude=52, longitude=13)},
        "ephem",
    ),
    "zone": (lambda: {"crontab": crontab(timezone="Mars/Olympus")}, "knows no zone 'Mars/Olympus'"),
    "minutes": (lambda: {"crontab": crontab(minute="every other")}, "every other"),
    "february": (
        lambda: {"crontab": crontab(day_of_month="30", month_of_year="2")},
        "never occurs",
    ),
    "zero": (lambda: {"interval": interval(0)}, "interval of 0 seconds would be due without end"),
    "negative": (
        lambda: {"interval": interval(-5)},
        "interval of -5 seconds would be due without end",
    ),
    "period": (lambda: {"interval": interval(1, "fortnights")}, "fortnights"),
    "endless": (lambda: {"interval": interval(2_000_000_000, "days")}, "OverflowError"),
    "nothing": (dict, "it has no schedules"),
    "both": (lambda: {"interval": interval(), "crontab": crontab()}, "it has 2 schedules"),
    "again": (
        lambda: {
            "clocked": ClockedSchedule.objects.create(clocked_time=timezone.now() - LONG_AGO),
            "one_off": False,
        },
        "must be one-off",
    ),
    "args": (lambda: {"interval": interval(), "args": "[1,"}, "args: no JSON"),
    "args-kind": (
        lambda: {"interval": interval(), "args": '"text"'},
        "args: must be a list, not str",
    ),
    "kwargs": (lambda: {"interval": interval(), "kwargs": "{'a': 1}"}, "kwargs: no JSON"),
    "kwargs-kind": (
        lambda: {"interval": interval(), "kwargs": "[]"},
        "kwargs: must be an object, not list",
    ),
    "kwargs-deep": (lambda: {"interval": interval(), "kwargs": "[" * 100_000}, "kwargs: no JSON"),
    "headers": (lambda: {"interval": interval(), "headers": "x"}, "headers: no JSON"),
    "headers-kind": (
        lambda: {"interval": interval(), "headers": "[]"},
        "headers: must be an object, not list",
    ),
    "headers-null": (
        lambda: {"interval": interval(), "headers": "null"},
        "headers: must be an object, not NoneType",
    ),
    "unknown": (
        lambda: {"interval": interval(), "task": "no.such.task"},
        "no worker has its task 'no.such.task'",
    ),
    "queue": (
        lambda: {"interval": interval(), "queue": "nobody"},
        "no worker consumes its queue 'nobody'",
    ),
}


def plant(name: str, **fields: Any) -> None:
    """A row as it may lie in the database: past the model's own checks."""
    values = {
        "name": name,
        "task": "EchoTask",
        "last_run_at": timezone.now() - LONG_AGO,
        "date_changed": timezone.now(),
    }
    PeriodicTask.objects.bulk_create([PeriodicTask(**(values | fields))])


@pytest.fixture
def odd_rows() -> None:
    for name, (make, _) in ODD.items():
        plant(name, **make())
    plant("first", interval=interval())
    plant("name\nwith\x1b[31m\tcontrols", interval=interval())
    past = ClockedSchedule.objects.create(clocked_time=timezone.now() - LONG_AGO)
    plant("zz-last", clocked=past, one_off=True)
    PeriodicTasks.update_changed()
    make_worker()


@pytest.fixture
def scheduler() -> Iterator[JobScheduler]:
    scheduler = JobScheduler(app=get_current_app())
    yield scheduler
    scheduler.close()


def sent(broker: RedisServer) -> set[str]:
    with broker.client() as client:
        return {
            json.loads(item)["headers"]["periodic_task_name"]
            for item in client.lrange("default", 0, -1)
        }


@pytest.mark.usefixtures("odd_rows")
def test_every_good_row_is_sent_whatever_the_others_hold(
    broker: RedisServer, scheduler: JobScheduler
) -> None:
    for _ in range(3):
        scheduler._tick_plain()
    assert sent(broker) == {"first", "name\nwith\x1b[31m\tcontrols", "zz-last", "unknown"}
    # The one-off that was sent; no odd row is changed.
    assert PeriodicTask.objects.filter(enabled=False).count() <= 1


@pytest.mark.usefixtures("odd_rows")
def test_each_odd_row_is_named_once_in_the_log(
    broker: RedisServer, scheduler: JobScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        scheduler._forget()
        scheduler._tick_plain()
    for name, (_, told) in ODD.items():
        if name not in {"unknown", "queue"}:
            (line,) = [
                m for m in caplog.messages if m.startswith(f"periodic task {name!r} is not sent")
            ]
            assert told in line


@pytest.mark.usefixtures("odd_rows")
def test_each_is_an_alert_and_its_alert_ends_when_it_is_mended() -> None:
    alerts = Alerts()
    alerts.run_once(now=timezone.now())
    said = dict(Alert.objects.filter(kind=AlertKind.ODD_ROW).values_list("subject", "message"))
    assert said.keys() == ODD.keys()
    for name, (_, told) in ODD.items():
        assert said[name].startswith(f"{name}: ")
        assert told in said[name]
    PeriodicTask.objects.filter(name__in=["solar", "args"]).update(enabled=False)
    PeriodicTasks.update_changed()
    alerts.run_once(now=timezone.now())
    still = Alert.objects.filter(kind=AlertKind.ODD_ROW, closed_at=None)
    assert set(still.values_list("subject", flat=True)) == ODD.keys() - {"solar", "args"}


@pytest.mark.usefixtures("odd_rows")
def test_the_dashboard_shows_them_even_where_there_is_no_job() -> None:
    Alerts().run_once(now=timezone.now())
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    page = boss.get("/admin/").content.decode()
    assert "/admin/django_celery_beat/periodictask/?q=queue" in page
    assert "no worker consumes its queue" in page


@pytest.mark.usefixtures("odd_rows")
def test_doctor_names_the_first_of_them() -> None:
    findings = {
        finding.check: finding for finding in examine(["periodic_tasks"], answer_seconds=30)
    }
    assert len(findings) == 20
    assert not findings["periodic task solar"].ok
    assert "ephem" in findings["periodic task solar"].detail


@pytest.mark.usefixtures("odd_rows")
def test_the_list_shows_each_with_its_reason_and_every_row_can_be_opened() -> None:
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    listing = boss.get("/admin/django_celery_beat/periodictask/?all=")
    assert listing.status_code == 200
    page = listing.content.decode()
    for _, told in ODD.values():
        assert escape(told) in page
    for row in PeriodicTask.objects.all():
        answer = boss.get(f"/admin/django_celery_beat/periodictask/{row.pk}/change/")
        assert answer.status_code == 200, row.name
    assert boss.get("/admin/django_celery_beat/crontabschedule/").status_code == 200


def test_the_form_refuses_to_enable_a_row_that_would_never_be_sent() -> None:
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    sunset = SolarSchedule.objects.create(event="sunset", latitude=52, longitude=13)
    data = {
        "name": "evening",
        "task": "EchoTask",
        "solar": sunset.pk,
        "args": "[]",
        "kwargs": "{}",
        "headers": "{}",
    }
    refused = boss.post("/admin/django_celery_beat/periodictask/add/", data | {"enabled": "on"})
    assert "It would never run: solar schedules need the package ephem" in refused.content.decode()
    assert not PeriodicTask.objects.exists()
    boss.post("/admin/django_celery_beat/periodictask/add/", data)
    assert PeriodicTask.objects.get().enabled is False
