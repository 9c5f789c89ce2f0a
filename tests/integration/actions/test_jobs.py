"""Creating, changing and taking away jobs: bad input names its field and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from jobs.actions.jobs import VersionConflict, archive_job, create_job, update_job
from jobs.definition.checking import InvalidJob
from jobs.errors import DomainError, NameTaken
from jobs.models import Job, JobState
from scheduler_site.celery import app
from tests.support.builders import by, make_job, make_run

GOOD: dict[str, Any] = {
    "name": "nightly",
    "task": "LogTask",
    "params": {"message": "x"},
    "schedule": "30 2 * * *",
}


def create(**values: Any) -> Job:
    return create_job(GOOD | values, actor=by("ana"), now=timezone.now())


def test_a_new_job_is_planned() -> None:
    assert create().state.next_run_at is not None


@pytest.mark.filterwarnings(
    "ignore::celery.exceptions.CDeprecationWarning"
)  # Celery's, of queue= on a task
def test_a_new_job_goes_to_the_queue_that_its_task_declares_unless_it_names_one() -> None:
    def report() -> None: ...

    celery: Any = app
    celery.task(shared=False, name="test.report", queue="reports")(report)
    try:
        declared = create(name="a", task="test.report", params={})
        named = create(name="b", task="test.report", params={}, queue="slow")
    finally:
        del celery.tasks["test.report"]

    assert (declared.queue, named.queue, create(name="c").queue) == ("reports", "slow", "default")


def test_a_new_job_goes_where_celery_would_send_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    routes = {"Echo*": {"queue": "mail"}, "LogTask": {"exchange": "odd", "routing_key": "odd"}}
    monkeypatch.setattr(app.conf, "task_default_queue", "celery")
    monkeypatch.setattr(app.conf, "task_routes", routes)
    assert app.amqp.router is not None
    monkeypatch.delitem(vars(app), "amqp")  # what Celery has read of the settings
    made = [
        create(name=task, task=task, params=params).queue
        for task, params in (("EchoTask", {}), ("LogTask", {"message": "x"}), ("Sleep", {}))
    ]
    assert made == ["mail", "default", "celery"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "a\x00b"),
        ("name", "n" * 201),
        ("task", "NoSuchTask"),
        ("params", {}),
        ("params", {"message": 5}),
        ("params", [1]),
        ("schedule", "61 * * * *"),
        ("schedule", "31 2 30 2 *"),
        ("schedule", "2001-01-01T00:00:00Z"),
        ("timezone", "Mars/Olympus"),
        ("queue", "no spaces"),
        ("priority", 1001),
        ("priority", "high"),
        ("jitter_seconds", -1),
        ("max_retries", True),
        ("misfire_policy", "sometimes"),
        ("tags", "fin"),
        ("tags", ["x" * 51]),
        ("metadata", []),
        ("resources", {"cpu": -1}),
        ("owner", "o" * 151),
        ("description", "a\x00b"),
        ("metadata", {"deep": "\ud800"}),
        ("colour", "red"),
    ],
)
def test_bad_input_names_the_field_and_changes_nothing(field: str, value: Any) -> None:
    with pytest.raises(DomainError) as caught:
        create(**{field: value})
    assert caught.value.field == field
    assert not Job.objects.exists()


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidJob) as caught:
        create(schedule="x", queue="", priority=5000)
    assert {problem.field for problem in caught.value.problems} == {"schedule", "queue", "priority"}


def test_a_window_must_end_after_it_starts() -> None:
    moment = timezone.now()
    with pytest.raises(InvalidJob) as caught:
        create(starts_at=moment, ends_at=moment)
    assert caught.value.field == "ends_at"


def test_a_taken_name_is_refused_for_new_and_renamed_jobs() -> None:
    create()
    other = create(name="other")
    with pytest.raises(NameTaken):
        create()
    with pytest.raises(NameTaken):
        update_job(other, {"name": "nightly"}, actor=by("ana"), now=timezone.now())


def test_an_update_raises_the_version_and_one_that_changes_nothing_does_not() -> None:
    job = create()
    assert update_job(job, {"description": "d"}, actor=by("ana"), now=timezone.now()).version == 2
    assert update_job(job, {"description": "d"}, actor=by("ana"), now=timezone.now()).version == 2


def test_an_update_based_on_an_old_version_is_refused() -> None:
    job = create()
    update_job(job, {"queue": "mail"}, actor=by("ana"), now=timezone.now(), version=1)
    with pytest.raises(VersionConflict):
        update_job(job, {"queue": "slow"}, actor=by("ben"), now=timezone.now(), version=1)
    assert Job.objects.get().queue == "mail"


def test_a_bad_update_changes_nothing() -> None:
    job = create()
    with pytest.raises(InvalidJob):
        update_job(
            job, {"description": "d", "schedule": "99 * * * *"}, actor=by("ana"), now=timezone.now()
        )
    stored = Job.objects.get()
    assert (stored.description, stored.schedule, stored.version) == ("", "30 2 * * *", 1)


def test_a_past_one_off_does_not_hinder_an_edit_of_something_else() -> None:
    job = make_job(schedule="2001-01-01T00:00:00Z")
    assert (
        update_job(job, {"description": "done"}, actor=by("ana"), now=timezone.now()).description
        == "done"
    )


def test_a_job_without_runs_is_deleted_and_one_with_runs_archived() -> None:
    fresh, used = make_job(), make_job()
    make_run(used)
    assert archive_job(fresh, actor=by("ana"), now=timezone.now()) is True
    assert archive_job(used, actor=by("ana"), now=timezone.now()) is False
    archived = Job.objects.get()
    assert archived.archived_at is not None
    assert JobState.objects.get(job=archived).next_run_at is None
