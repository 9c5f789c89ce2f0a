"""gsched's and taskmanager's own schedule files, as they are."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import Settings

from jobs.importers.contents.base import Hints
from jobs.importers.files.document import NOTHING_TOLD, Document
from jobs.importers.planning.plan import Plan
from jobs.importers.service import import_documents, import_files
from jobs.models import Job
from tests.support.builders import by
from tests.support.samples import SAMPLES


def imported(name: str, told: Hints = NOTHING_TOLD) -> list[str]:
    """What is wrong with the file."""
    return list(map(str, plan_of(name, told).problems))


def plan_of(name: str, told: Hints = NOTHING_TOLD) -> Plan:
    return import_files([str(SAMPLES / name)], actor=by("ana"), now=timezone.now(), told=told)


@pytest.mark.parametrize("name", ["schedule.json", "schedule-with-comments.json"])
def test_gscheds_file_is_imported(name: str) -> None:
    assert imported(f"gsched/{name}") == []
    job = Job.objects.get()
    assert (job.name, job.task, job.params) == ("FrequentLogger", "LogTask", {"message": "hello"})
    assert (job.schedule, job.priority) == ("*/5 * * * *", 1)


def test_gscheds_older_form_names_its_task_with_its_place() -> None:
    [problem] = imported("gsched/schedule-older-form.json")
    assert "jobs[0].job" in problem
    assert "unknown task 'fileName'" in problem


def test_taskmanagers_file_is_imported() -> None:
    assert imported("taskmanager/taskscheduler.json") == []
    jobs = Job.objects.order_by("name")
    assert [job.name for job in jobs] == [
        "taskscheduler:BirthdayProcessor:3",
        "taskscheduler:BirthdayProcessor:4",
        "taskscheduler:InvoiceProcessor:1",
        "taskscheduler:InvoiceProcessor:2",
    ]
    assert {(job.schedule, job.queue) for job in jobs} == {("* * * * * *", "taskTopic")}
    assert jobs[2].params == {
        "task_param": "task param xyz",
        "payload": ["Ireland", "Germany", "Italy"],
    }


@pytest.mark.parametrize("name", ["gsched/schedule.json", "taskmanager/taskscheduler.json"])
@pytest.mark.parametrize(
    ("told", "of_site", "zone", "line"),
    [
        (
            "America/New_York",
            "Europe/Berlin",
            "America/New_York",
            "America/New_York, as --timezone says",
        ),
        ("", "Europe/Berlin", "Europe/Berlin", "Europe/Berlin, the site's TIME_ZONE"),
        (
            "",
            "UTC",
            "UTC",
            "UTC, or in the zone that a job has been given here: TIME_ZONE is not set",
        ),
    ],
)
def test_its_machines_time_is_read_in_a_zone_that_is_said(
    name: str, told: str, of_site: str, zone: str, line: str, settings: Settings
) -> None:
    settings.TIME_ZONE = of_site
    [warning] = plan_of(name, Hints(told)).warnings
    assert warning.message == f"names no time zone; its times are read in {line}"
    assert set(Job.objects.values_list("timezone", flat=True)) == {zone}


def test_keys_may_have_any_case_at_every_level() -> None:
    text = (SAMPLES / "taskmanager" / "taskscheduler.json").read_text()
    keys = (
        "Id",
        "Cron",
        "Topic",
        "TaskMessageTemplate",
        "TaskProcessorName",
        "TaskParam",
        "Payload",
    )
    for key in keys:
        text = text.replace(f'"{key}"', f'"{key.lower()}"')
    lower = Document("taskscheduler.json", text)
    plan = import_documents([lower], actor=by("ana"), now=timezone.now())
    assert plan.problems == []
    assert Job.objects.get(name="taskscheduler:InvoiceProcessor:1").params["payload"] == [
        "Ireland",
        "Germany",
        "Italy",
    ]
    jobs = '{"JOBS": [{"jobname": "a", "TASKNAME": "EchoTask", "crontime": "@hourly"}]}'
    assert (
        import_documents([Document("a.json", jobs)], actor=by("ana"), now=timezone.now()).problems
        == []
    )
