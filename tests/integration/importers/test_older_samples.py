"""gsched's and taskmanager's own schedule files, as they are."""

from __future__ import annotations

import pytest
from django.utils import timezone

from jobs.importers.service import import_files
from jobs.models import Job
from tests.support.builders import by
from tests.support.samples import SAMPLES


def imported(name: str) -> list[str]:
    """What is wrong with the file."""
    plan = import_files([str(SAMPLES / name)], actor=by("ana"), now=timezone.now())
    return [str(problem) for problem in plan.problems]


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
