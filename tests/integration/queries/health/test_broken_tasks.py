"""A file with tasks that cannot be imported: doctor, an alert and the jobs of its tasks name it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery._state import get_current_app
from django.utils import timezone

from jobs.maintenance.alerts import Alerts
from jobs.models import Alert, AlertKind
from jobs.params import registry
from jobs.params.task_modules import import_tasks
from jobs.queries.health import examine
from jobs.queries.why.job import why_job
from tests.support.builders import make_job, make_leader, make_worker

SOURCE = """
import no_such_package_anywhere
from celery import shared_task


@shared_task(name="reports.monthly")
def monthly() -> None: ...
"""


@pytest.fixture(autouse=True)
def broken_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "broken_reports.py").write_text(SOURCE)
    registry.registered()  # the first look imports what the settings name
    import_tasks(get_current_app(), ["tasks", "broken_reports"])
    yield
    import_tasks(get_current_app(), ["tasks"])


def test_a_job_of_its_tasks_says_which_file_it_waits_for() -> None:
    make_leader()
    make_worker()
    told = [
        reason.sentence
        for reason in why_job(make_job(task="reports.monthly"), now=timezone.now()).reasons
    ]
    assert any(
        "broken_reports.py cannot be imported, line 2: ModuleNotFoundError" in sentence
        for sentence in told
    )


def test_doctor_names_the_file_and_the_job() -> None:
    job = make_job(task="reports.monthly")
    findings = {one.check: one for one in examine(["jobs", "task_files"], answer_seconds=30)}
    assert "broken_reports.py cannot be imported, line 2" in findings[f"job {job.name}"].detail
    assert [one.detail for check, one in findings.items() if check.startswith("tasks in ")] == [
        (
            "cannot be imported, line 2: ModuleNotFoundError: No module named "
            "'no_such_package_anywhere'"
        )
    ]


def test_an_alert_names_it_until_a_scheduler_starts_without_it() -> None:
    Alerts().run_once(now=timezone.now())
    alert = Alert.objects.get(kind=AlertKind.BROKEN_TASKS)
    assert "broken_reports.py: cannot be imported, line 2" in alert.message
    import_tasks(get_current_app(), ["tasks"])
    Alerts().run_once(now=timezone.now())
    alert.refresh_from_db()
    assert alert.closed_at is not None
