"""Whatever a file holds, the answer is a plan or a list of problems, and never a breakdown."""

from __future__ import annotations

import json
from typing import Any

from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.importers.files.detect import FORMATS
from jobs.importers.files.document import Document
from jobs.importers.files.problems import UnreadableFile
from jobs.importers.formats.periodic_task import Row
from jobs.importers.planning.ownership import IMPORTER
from jobs.importers.report import json_lines, report_of, text_lines, trouble_lines
from jobs.importers.service import import_documents
from jobs.models import Job

WORDS = [
    "EchoTask", "LogTask", "InvoiceProcessor", "x.InvoiceProcessor", "* * * * *", "0 0 31 2 *",
    "@hourly", "@every 1s",
    "2099-01-01T00:00:00Z", "RRULE:FREQ=DAILY", "Europe/Berlin", "high", "skip", "", "\x00",
    "\ud800", "a" * 600,
]  # fmt: skip
numbers = st.integers(-(10**20), 10**20) | st.floats()
CRON_WORDS = [
    "*", "0", "99", "1-5", "*/5", "mon", "@daily", "@reboot", "root", "echo", "%", r"\%", "#",
    "CRON_TZ=UTC", "X=1",
    "=", "CRON_TZ=Mars/Base", "\t", "'", '"', ">", "RANDOM_DELAY=5", "\x00", "x" * 300,
]  # fmt: skip
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=9) | st.sampled_from(WORDS),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3)
    ),
    max_leaves=6,
)
SOUND: dict[str, Any] = {
    "name": "a", "task": "EchoTask", "schedule": "@hourly",
    "jobName": "a", "taskName": "EchoTask", "cronTime": "@hourly",
    "Id": "1", "Cron": "@hourly", "TaskMessageTemplate": {"TaskProcessorName": "EchoTask"},
}  # fmt: skip


def entries(keys: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Entries of one format: sound but for one or two fields."""
    sound = {key: value for key, value in SOUND.items() if key in keys}
    return st.dictionaries(st.sampled_from(keys) | st.text(max_size=4), values, max_size=2).map(
        lambda odd: sound | odd
    )


files = st.sampled_from([file_format.known_keys for file_format in FORMATS]).flatmap(
    lambda keys: st.lists(entries(keys) | values, max_size=3)
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files, st.booleans())
def test_any_entry_is_imported_or_told(jobs: list[Any], bare: bool) -> None:
    text = json.dumps(jobs if bare else {"jobs": jobs})
    imported_or_told(text)


def imported_or_told(text: str) -> None:
    Job.objects.all().delete()
    try:
        document = Document("x.json", text)
    except UnreadableFile:
        return
    now = timezone.now()
    plan = import_documents([document], actor=IMPORTER, now=now, partial=True, prune=True)
    lines = [
        *text_lines(report_of(plan, now=now)),
        *json_lines(report_of(plan, now=now), applied=True),
        *trouble_lines(report_of(plan, now=now)),
    ]
    assert "\n".join(lines).encode()
    assert Job.objects.count() == len(plan.new)
    assert (
        import_documents([document], actor=IMPORTER, now=now, partial=True, prune=True).changes
        == []
    )


lines = st.lists(
    st.builds(" ".join, st.lists(st.sampled_from(CRON_WORDS) | st.text(max_size=6), max_size=8)),
    max_size=6,
).map("\n".join)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(["# a crontab\n", "@daily x\n", ""]), lines)
def test_any_text_is_imported_or_told(begin: str, rest: str) -> None:
    imported_or_told(begin + rest)


beat_values = values | st.sampled_from([5, "0 4 * * *", {"crontab": {"minute": 5}}, {"solar": []}])


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.sampled_from(["task", "schedule", "args", "kwargs", "options", "relative"]), beat_values
    )
)
def test_any_beat_entry_is_imported_or_told(entry: dict[str, Any]) -> None:
    imported_or_told(
        json.dumps({"beat_schedule": {"a": {"task": "EchoTask", "schedule": 5} | entry}})
    )


ROW_KEYS = [name for name in Row.model_fields if name not in {"name", "task"}]
row_values = values | st.sampled_from([1, 2, "[]", "{}", "2031-01-01T00:00:00Z"])
SCHEDULES = [
    {"model": "django_celery_beat.crontabschedule", "pk": 1, "fields": {"minute": "5"}},
    {
        "model": "django_celery_beat.intervalschedule",
        "pk": 1,
        "fields": {"every": 5, "period": "days"},
    },
    {
        "model": "django_celery_beat.clockedschedule",
        "pk": 1,
        "fields": {"clocked_time": "2031-01-01T00:00:00Z"},
    },
]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(["crontab", "interval", "clocked"]),
    st.dictionaries(st.sampled_from(ROW_KEYS), row_values),
)
def test_any_row_of_a_dump_is_imported_or_told(schedule: str, odd: dict[str, Any]) -> None:
    fields = {"name": "a", "task": "EchoTask", schedule: 1} | odd
    row = {"model": "django_celery_beat.periodictask", "pk": 1, "fields": fields}
    imported_or_told(json.dumps([*SCHEDULES, row]))
