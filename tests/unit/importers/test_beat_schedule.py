"""Celery's ``beat_schedule``, as JSON and as Python source that is read and never run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.importers.contents.base import Hints
from jobs.importers.files.document import Document
from jobs.importers.files.drafts import Reading
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.files.reading import read_documents

EXAMPLES = Path(__file__).parents[3] / "examples"


def read(text: str, name: str = "beat.py", told: Hints | None = None) -> Reading:
    return read_documents([Document(name, text, told=told or Hints())])


def source(entry: str, before: str = "") -> str:
    return (
        f"from celery.schedules import crontab\n{before}\napp.conf.beat_schedule = "
        f"{{\n    'a': {entry},\n}}\n"
    )


def python(schedule: str, more: str = "", before: str = "") -> dict[str, Any]:
    reading = read(source(f"{{'task': 'EchoTask', 'schedule': {schedule}{more}}}", before))
    assert not reading.problems
    return reading.drafts[0].values


def entry(schedule: Any, **more: Any) -> Reading:
    return read(
        json.dumps({"beat_schedule": {"a": {"task": "EchoTask", "schedule": schedule} | more}}),
        "beat.json",
    )


def refused(reading: Reading) -> str:
    assert not reading.drafts
    (problem,) = reading.problems
    return str(problem)


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        ("30", "@every 30s"),
        ("60 * 60", "@every 1h"),
        ("timedelta(minutes=5)", "@every 5m"),
        ("datetime.timedelta(1, 30)", "@every 1d30s"),
        ("schedule(run_every=timedelta(hours=2))", "@every 2h"),
        ("crontab()", "* * * * *"),
        ("crontab(0, 4)", "0 4 * * *"),
        ("crontab(minute='*/15', hour='8-17', day_of_week='monday,fri')", "*/15 8-17 * * mon,fri"),
        ("celery.schedules.crontab(minute=[0, 30], month_of_year='january')", "0,30 * * jan *"),
        ("crontab(day_of_month='1', hour=HOUR, minute=0)", "0 18 1 * *"),
    ],
)
def test_the_schedules_of_python_source(schedule: str, text: str) -> None:
    assert python(schedule, before="HOUR = 18")["schedule"] == text


@pytest.mark.parametrize(
    ("schedule", "text"),
    [
        (30, "@every 30s"),
        (90.0, "@every 1m30s"),
        ("30 2 * * mon", "30 2 * * mon"),
        ({"crontab": {"minute": "0", "hour": [8, 18]}}, "0 8,18 * * *"),
    ],
)
def test_the_schedules_of_json(schedule: Any, text: str) -> None:
    assert entry(schedule).drafts[0].values["schedule"] == text


@pytest.mark.parametrize(
    "setting", ["beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"]
)
def test_the_settings_old_names_are_known(setting: str) -> None:
    text = f"{setting} = {{'a': {{'task': 'EchoTask', 'schedule': 5}}}}"
    assert read(text).drafts[0].name == "a"
    assert (
        read(json.dumps({setting: {"a": {"task": "EchoTask", "schedule": 5}}})).drafts[0].name
        == "a"
    )


def test_entries_may_stand_by_themselves_in_json() -> None:
    assert read('{"a": {"task": "EchoTask", "schedule": 5}}').drafts[0].name == "a"


def test_a_class_may_hold_the_setting() -> None:
    assert read(
        "class Config:\n    beat_schedule: dict = {'a': {'task': 'EchoTask', 'schedule': 5}}"
    ).drafts


def test_params_queue_and_zone_come_along() -> None:
    text = source(
        "{'task': 'EchoTask', 'schedule': crontab(0, 4), 'kwargs': {'n': -1}, 'options': "
        "{'queue': 'slow'}}"
    )
    values = read(text, told=Hints(zone="Europe/Berlin")).drafts[0].values
    assert (values["params"], values["queue"], values["timezone"]) == (
        {"n": -1},
        "slow",
        "Europe/Berlin",
    )
    assert values["source"] == "beat.py"


def test_positional_arguments_get_the_names_that_the_task_has_for_them() -> None:
    reading = entry(5, task="InvoiceProcessor", args=["weekly", ["Ireland"]])
    assert reading.drafts[0].values["params"] == {"task_param": "weekly", "payload": ["Ireland"]}


@pytest.mark.parametrize(
    ("task", "args", "kwargs", "message"),
    [
        (
            "InvoiceProcessor",
            [1, 2, 3],
            {},
            "args: positional arguments: 3 are given, but the task takes 2",
        ),
        ("EchoTask", [1], {}, "args: positional arguments: 1 are given, but the task takes 0"),
        ("InvoiceProcessor", ["x"], {"task_param": "y"}, "args: task_param is given twice"),
        ("no.such.task", [1], {}, "task: unknown task 'no.such.task'"),
    ],
)
def test_positional_arguments_without_a_name_are_refused(
    task: str, args: list[Any], kwargs: dict[str, Any], message: str
) -> None:
    assert message in refused(entry(5, task=task, args=args, kwargs=kwargs))


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("{'task': add.name, 'schedule': 5}", "beat.py:4:19 at beat_schedule.a: job 'a', add.name"),
        (
            "{'task': 'T', 'schedule': every('x')}",
            "beat.py:4:36 at beat_schedule.a: job 'a', every(…)",
        ),
        ("{'task': f'{x}', 'schedule': 5}", "beat.py:4:19 at beat_schedule.a: job 'a', this"),
        ("{**defaults, 'schedule': 5}", "beat.py:4:13 at beat_schedule.a: job 'a', defaults"),
        (
            "{'task': 'T', 'schedule': timedelta(weeks='x')}",
            "beat.py:4:36 at beat_schedule.a: job 'a', timedelta",
        ),
        ("{'task': 'T', 'schedule': 10 ** 9}", "beat.py:4:36 at beat_schedule.a: job 'a', this"),
        ("{'task': 'T', 'schedule': 1 / 0}", "beat.py:4:36 at beat_schedule.a: job 'a', this"),
    ],
)
def test_what_only_running_could_tell_is_refused_with_its_place(entry: str, place: str) -> None:
    told = refused(read(source(entry)))
    assert told.startswith(place)
    assert "--celery-app package.module:app" in told


def test_nothing_of_the_source_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "was run"
    text = source("{'task': 'EchoTask', 'schedule': 5}", before=f"open({str(mark)!r}, 'w').close()")
    assert read(text).drafts
    refused(read(source(f"{{'task': 'EchoTask', 'schedule': open({str(mark)!r}, 'w')}}")))
    assert not mark.exists()


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"crontab": {"second": "1"}}, "crontab has no second"),
        ({"crontab": {"minute": None}}, "a crontab's field is a text, a number or a list"),
        ({"solar": []}, "solar events cannot be expressed"),
        (0.5, "an interval must be a whole number of seconds"),
        (0, "an interval must be a whole number of seconds"),
        (1e300, "is not a valid number of seconds"),
        ("hourly", "is not a schedule"),
        (True, "is not a schedule"),
        (None, "is not a schedule"),
    ],
)
def test_a_schedule_that_no_job_can_have_is_refused_where_it_stands(
    schedule: Any, message: str
) -> None:
    told = refused(entry(schedule))
    assert message in told
    assert " at beat_schedule.a.schedule: job 'a'" in told


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"expires": 0}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"priority": "3"}, "priority"),
        ({"exchange": "x"}, "exchange"),
        ({"queue": "q", "routing_key": "x"}, "routing_key"),
        ({"serializer": "pickle"}, "serializer"),
        ({"countdown": 5}, "countdown"),
        ({"queue": 5}, "queue"),
    ],
)
def test_options_that_no_job_keeps_are_refused_by_name(options: dict[str, Any], field: str) -> None:
    assert f" at beat_schedule.a.options.{field}: job 'a', {field}: " in refused(
        entry(5, options=options)
    )


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        ({"expires": 60}, "start_deadline_seconds", 60),
        ({"expires": 59.5}, "start_deadline_seconds", 60),
        ({"expire_seconds": 60}, "start_deadline_seconds", 60),
        ({"expires": "2031-01-01T00:00:00Z"}, "ends_at", datetime(2031, 1, 1, tzinfo=UTC)),
        ({"time_limit": 30}, "timeout_seconds", 30),
        ({"routing_key": "x"}, "queue", "x"),
        ({"queue": "x", "exchange": "x", "routing_key": "x"}, "queue", "x"),
        ({"headers": {"a": 1}}, "metadata", {"celery_headers": {"a": 1}}),
    ],
)
def test_options_become_fields_of_the_job(
    options: dict[str, Any], field: str, value: object
) -> None:
    assert entry(5, options=options).drafts[0].values[field] == value


def test_an_entry_may_say_what_a_row_says() -> None:
    reading = entry(
        5,
        description="why",
        enabled=False,
        one_off=True,
        expire_seconds=9,
        start_time="2031-01-01T00:00Z",
    )
    (draft,) = reading.drafts
    assert draft.enabled is False
    assert (draft.values["description"], draft.values["one_off"]) == ("why", True)
    assert (draft.values["start_deadline_seconds"], draft.values["starts_at"].year) == (9, 2031)


def test_celerys_own_clean_up_is_passed_over_and_said() -> None:
    reading = entry(5, task="celery.backend_cleanup")
    assert (reading.drafts, reading.problems) == ([], [])
    assert "celery.backend_cleanup was ignored" in str(reading.warnings[0])
    assert reading.complete


def test_a_key_that_celery_does_not_know_is_refused() -> None:
    assert "shedule: is not a field of a job (did you mean 'schedule'?)" in refused(
        entry(5, shedule=6)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("beat_schedule = {'a': {}\n", "is not Python: '{' was never closed"),
        ("beat_schedule = make()\n", "is not written out as a dict"),
        ("beat_schedule = {name: {}}\n", "the name of an entry is not written out"),
        ("beat_schedule = {'a': {}, 'a': {}}\n", "the entry 'a' stands twice"),
        (f"beat_schedule = {'(' * 5000}{')' * 5000}", "is"),
        (f"beat_schedule = {'-' * 100_000}1", "is"),
        ("beat_schedule = {}\n" + "x" * 2_000_001, "is too long"),
        ("beat_schedule = {}\0", "is not Python"),
    ],
)
def test_source_that_cannot_be_read_is_told(text: str, message: str) -> None:
    with pytest.raises(UnreadableFile, match=message):
        Document("beat.py", text)


@given(st.text(max_size=60))
def test_any_source_is_read_or_refused(text: str) -> None:
    try:
        document = Document("beat.py", f"beat_schedule = {text}")
    except UnreadableFile:
        return
    read_documents([document])


def test_the_example_is_read_whole() -> None:
    reading = read((EXAMPLES / "beat_schedule.py").read_text())
    assert not reading.problems
    assert {draft.name: draft.values["schedule"] for draft in reading.drafts} == {
        "say-hello-every-30-seconds": "@every 30s",
        "invoices-on-mondays": "30 7 * * mon",
        "birthdays": "0 8,18 * * *",
        "clean-up": "@every 15m",
    }
