"""django-celery-beat's rows from a dump: the jobs that adopting them would make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.reading import read_documents

EXAMPLES = Path(__file__).parents[3] / "examples"
SCHEDULES = [
    {
        "model": "django_celery_beat.intervalschedule",
        "pk": 1,
        "fields": {"every": 90, "period": "seconds"},
    },
    {
        "model": "django_celery_beat.crontabschedule",
        "pk": 2,
        "fields": {"minute": "5", "timezone": "Asia/Tokyo"},
    },
    {
        "model": "django_celery_beat.clockedschedule",
        "pk": 3,
        "fields": {"clocked_time": "2031-05-01T10:00:00+02:00"},
    },
    {"model": "django_celery_beat.solarschedule", "pk": 4, "fields": {"event": "sunset"}},
    {
        "model": "django_celery_beat.intervalschedule",
        "pk": 5,
        "fields": {"every": 0, "period": "fortnights"},
    },
    {"model": "django_celery_beat.clockedschedule", "pk": 6, "fields": {"clocked_time": None}},
]


def read(**fields: Any) -> Reading:
    row = {
        "model": "django_celery_beat.PeriodicTask",
        "pk": 9,
        "fields": {"name": "a", "task": "EchoTask"} | fields,
    }
    return read_documents([Document("dump.json", json.dumps([*SCHEDULES, row]))])


def values(**fields: Any) -> dict[str, Any]:
    reading = read(**fields)
    assert not reading.problems
    return reading.drafts[0].values


def refused(**fields: Any) -> str:
    reading = read(**fields)
    assert not reading.drafts
    return "\n".join(map(str, reading.problems))


@pytest.mark.parametrize(
    ("schedule", "text", "zone"),
    [
        ({"interval": 1}, "@every 1m30s", "UTC"),
        ({"crontab": 2}, "5 * * * *", "Asia/Tokyo"),
        ({"clocked": 3, "one_off": True}, "2031-05-01T08:00:00Z", "UTC"),
    ],
)
def test_the_schedule_that_a_row_points_to_is_found_in_the_dump(
    schedule: dict[str, Any], text: str, zone: str
) -> None:
    found = values(**schedule)
    assert (found["schedule"], found["timezone"]) == (text, zone)


def test_everything_else_comes_along() -> None:
    found = values(interval=1, args='["x"]', task="InvoiceProcessor", kwargs='{"payload": ["y"]}',
                   queue="q",
                   description="why", expires="2031-01-01T00:00:00Z")  # fmt: skip
    assert found["params"] == {"task_param": "x", "payload": ["y"]}
    assert (found["queue"], found["description"], found["ends_at"].year) == ("q", "why", 2031)


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        ({"expire_seconds": 60}, "start_deadline_seconds", 60),
        ({"one_off": True}, "one_off", True),
        ({"headers": '{"a": 1}'}, "metadata", {"celery_headers": {"a": 1}}),
        ({"exchange": "", "routing_key": "", "queue": ""}, "queue", "default"),
        ({"routing_key": "x"}, "queue", "x"),
        ({"priority": None}, "priority", 0),
    ],
)
def test_every_column_of_a_row_has_its_field(
    fields: dict[str, Any], field: str, value: object
) -> None:
    assert values(interval=1, **fields)[field] == value


def test_a_row_that_is_off_becomes_a_paused_job() -> None:
    assert read(interval=1, enabled=False).drafts[0].enabled is False
    assert read(interval=1).drafts[0].enabled is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "rows without a schedule cannot be expressed"),
        ({"crontab": 77}, "its crontab schedule is not in the file (dump the whole app"),
        ({"solar": 4}, "at [6].fields.solar: job 'a', solar: solar events"),
        ({"interval": 5}, "at [6].fields.interval"),
        ({"clocked": 6}, "clocked_time: must be a date and time"),
        (
            {"interval": 1, "exchange": "x"},
            "at [6].fields.exchange: job 'a', exchange: a job names the queue",
        ),
        ({"interval": 1, "queue": "q", "routing_key": "x"}, "routing_key: differs from the queue"),
        ({"interval": 1, "headers": "["}, "headers: is not JSON"),
        ({"interval": 1, "kwargs": "{"}, "at [6].fields.kwargs: job 'a', kwargs: is not JSON"),
        ({"interval": 1, "start_time": "soon"}, "start_time: must be a date and time"),
        ({"interval": 1, "enabled": "yes"}, "enabled: must be true or false"),
    ],
)
def test_what_no_job_can_express_is_refused_where_it_stands(
    fields: dict[str, Any], message: str
) -> None:
    assert message in refused(**fields)


def test_other_apps_rows_in_the_dump_are_passed_over() -> None:
    rows = [
        *SCHEDULES,
        {"model": "auth.user", "pk": 1, "fields": {"username": "ana"}},
        "odd",
        {"model": 5},
    ]
    reading = read_documents([Document("dump.json", json.dumps(rows))])
    assert (reading.drafts, reading.problems, reading.warnings) == ([], [], [])


def test_the_example_is_read_but_for_celerys_clean_up() -> None:
    reading = read_documents([Document("x", (EXAMPLES / "periodic-tasks.json").read_text())])
    assert not reading.problems
    assert [draft.name for draft in reading.drafts] == ["nightly report", "poll"]
    assert "celery.backend_cleanup was ignored" in str(reading.warnings[0])
