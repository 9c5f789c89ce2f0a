"""Writing a job."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.admin.job.form import JobForm
from jobs.models import Job
from tests.support.builders import make_job

ADD = "/admin/jobs/job/add/"


def filled(**changes: Any) -> dict[str, Any]:
    """What a browser sends for a good new job."""
    return {
        "name": "nightly", "task": "LogTask", "schedule": "30 2 * * *", "timezone": "Europe/Berlin", "enabled": "on",
        "params": '{"message": "hello"}', "tags": "fin, nightly ,fin", "queue": "default", "priority": "0",
        "jitter_seconds": "0", "misfire_policy": "latest", "misfire_window_seconds": "86400", "retry_jitter": "",
        **changes,
    }  # fmt: skip


def change_url(job: Job) -> str:
    return f"/admin/jobs/job/{job.pk}/change/"


def errors_of(client: Client, data: dict[str, Any], url: str = ADD) -> dict[str, str]:
    """The first error of each field."""
    response = client.post(url, data)
    assert response.status_code == 422
    return {field: errors[0] for field, errors in response.context["form"].errors.items()}


def test_a_job_is_created_with_what_was_written(boss: Client) -> None:
    response = boss.post(ADD, filled(starts_at="2030-01-01T08:00", description="Says hello."))
    job = Job.objects.get()
    assert response.headers["Location"] == f"/admin/jobs/job/{job.pk}/"
    assert (job.name, job.task, job.params, job.tags) == (
        "nightly",
        "LogTask",
        {"message": "hello"},
        ["fin", "nightly"],
    )
    assert job.starts_at is not None
    assert job.starts_at.isoformat() == "2030-01-01T07:00:00+00:00"  # eight o'clock in Berlin
    assert job.state.next_run_at is not None


def test_a_job_switched_off_is_saved_paused(boss: Client) -> None:
    data = filled()
    del data["enabled"]
    boss.post(ADD, data)
    job = Job.objects.get()
    assert not job.enabled
    assert job.state.next_run_at is None


def test_saving_without_a_change_keeps_the_version(boss: Client) -> None:
    boss.post(ADD, filled(starts_at="2030-01-01T08:00", max_retries="3", retry_jitter="False"))
    job = Job.objects.get()
    page = boss.get(change_url(job))
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    moments = {name: sent[name].strftime("%Y-%m-%dT%H:%M:%S") for name in ("starts_at",)}
    boss.post(change_url(job), {name: value for name, value in sent.items() if value is not None} | moments)
    job.refresh_from_db()
    assert job.version == 1


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "", "required"),
        ("task", "NoSuchTask", "not one of the available choices"),
        ("schedule", "99 * * * *", "minute"),
        ("schedule", "30 2 30 2 *", "never"),
        ("schedule", "2001-01-01T00:00", "past"),
        ("timezone", "Europe/Berln", "Europe/Berln"),
        ("params", "{", "JSON"),
        ("params", "[1]", "object"),
        ("params", '{"message": 5}', "message"),
        ("params", '{"message": "\\ud800"}', "surrogate"),
        ("queue", "two words", "letters"),
        ("priority", "5000", "1000"),
        ("ends_at", "2020-01-01T00:00", "starts_at"),
        ("max_retries", "-1", "from 0"),
    ],
)
def test_a_wrong_value_is_named_beside_its_field_and_nothing_is_saved(
    boss: Client, field: str, value: str, expected: str
) -> None:
    errors = errors_of(boss, filled(starts_at="2030-01-01T08:00") | {field: value})
    assert expected in errors[field]
    assert not Job.objects.exists()


def test_every_problem_is_shown_at_once(boss: Client) -> None:
    errors = errors_of(boss, filled(schedule="99 * * * *", params='{"message": 5}', queue="two words"))
    assert set(errors) == {"schedule", "params", "queue"}


def test_a_name_in_use_is_refused_beside_the_name(boss: Client) -> None:
    make_job(name="nightly")
    assert "nightly" in errors_of(boss, filled())["name"]


def test_whole_numbers_survive_whatever_their_size(boss: Client) -> None:
    job = make_job(params={"payload": 9007199254740993})
    html = boss.get(change_url(job)).content.decode()
    assert "9007199254740993" in html


def test_a_save_upon_somebody_elses_is_refused_and_shows_what_is_stored(boss: Client) -> None:
    job = make_job(name="nightly", task="LogTask", params={"message": "hello"}, schedule="0 1 * * *")
    boss.post(change_url(job), filled(version="1", schedule="0 4 * * *"))
    response = boss.post(change_url(job), filled(version="1", schedule="0 5 * * *"))
    job.refresh_from_db()
    assert (job.schedule, job.version) == ("0 4 * * *", 2)
    html = response.content.decode()
    assert "Somebody else has saved this job" in html
    assert "<code>0 4 * * *</code>" in html
    assert 'value="0 5 * * *"' in html

    boss.post(change_url(job), filled(version=response.context["form"]["version"].value(), schedule="0 5 * * *"))
    job.refresh_from_db()
    assert (job.schedule, job.version) == ("0 5 * * *", 3)


def test_a_job_whose_task_is_gone_can_still_be_opened(boss: Client) -> None:
    job = make_job(task="vanished.task")
    assert "vanished.task (not registered here)" in boss.get(change_url(job)).content.decode()


def test_policies_that_are_not_enforced_are_not_offered() -> None:
    assert not {"overlap_policy", "pool", "resources", "timeout_seconds"} & set(JobForm.base_fields)


def test_the_form_shows_the_next_five_and_the_notes(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(schedule="30 2 * * *", timezone="Europe/Berlin")
    with django_assert_num_queries(3):  # session, user, the job
        preview = boss.get(change_url(job)).context["preview"]
    assert len(preview.occurrences) == 5
    assert any("clocks" in note or "does not exist" in note for note in preview.notes)


def preview_of(client: Client, **data: str) -> str:
    return client.post("/admin/_p/schedule/", data).content.decode()


def test_the_live_preview_is_the_schedulers_own_answer(boss: Client) -> None:
    html = preview_of(boss, schedule="30 2 * * *", timezone="Asia/Tokyo")
    assert html.count("<li>") >= 5
    assert "Asia/Tokyo" in html
    assert "02:30 JST" in html


def test_the_live_preview_says_where_reading_stopped(boss: Client) -> None:
    html = preview_of(boss, schedule="0 99 * * *", timezone="UTC")
    assert "preview-error" in html
    assert "hour" in html


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"schedule": "* * * * *", "timezone": "Nowhere/At_All"},
        {"schedule": "1--100000000 * * * *"},
        {"schedule": "* * * * *", "starts_at": "not a date", "ends_at": "2030-99-99T00:00"},
        {"schedule": "\0" * 600, "timezone": "\0"},
        {"schedule": "* * * * *", "timezone": "../../etc/passwd"},
    ],
)
def test_the_live_preview_answers_whatever_is_typed(boss: Client, data: dict[str, str]) -> None:
    assert boss.post("/admin/_p/schedule/", data).status_code == 200


def test_help_on_a_task_lists_its_params(boss: Client) -> None:
    html = boss.get("/admin/_p/task/?task=InvoiceProcessor").content.decode()
    assert "task_param" in html
    assert "Write an invoice" in html


def test_a_viewer_cannot_open_or_send_the_form(viewer: Client) -> None:
    job = make_job()
    assert viewer.get(ADD).status_code == 403
    assert viewer.post(ADD, filled()).status_code == 403
    assert viewer.post(change_url(job), filled()).status_code == 403
    assert Job.objects.get().version == 1
