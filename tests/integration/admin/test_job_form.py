"""Writing a job."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.roles import Role
from jobs.models import Job
from tests.support.builders import make_job, make_pool
from tests.support.people import browser_of, make_user

ADD = "/admin/beatwright/job/add/"


def filled(**changes: Any) -> dict[str, Any]:
    """What a browser sends for a good new job."""
    return {
        "name": "nightly", "task": "LogTask", "schedule": "30 2 * * *", "timezone": "Europe/Berlin",
        "params": '{"message": "hello"}', "tags": "fin, nightly ,fin", "queue": "default",
        "priority": "0",
        "jitter_seconds": "0", "calendar_policy": "skip",
        "misfire_policy": "latest", "misfire_window_seconds": "86400",
        "retry_jitter": "",
        "overlap_policy": "allow", "day_rule": "or", "success_grace_seconds": "0",
        **changes,
    }  # fmt: skip


def change_url(job: Job) -> str:
    return f"/admin/beatwright/job/{job.pk}/change/"


def errors_of(client: Client, data: dict[str, Any], url: str = ADD) -> dict[str, str]:
    """The first error of each field."""
    response = client.post(url, data)
    assert response.status_code == 422
    return {field: errors[0] for field, errors in response.context["form"].errors.items()}


def test_a_job_is_created_with_what_was_written(boss: Client) -> None:
    response = boss.post(ADD, filled(starts_at="2030-01-01T08:00", description="Says hello."))
    job = Job.objects.get()
    assert response.headers["Location"] == f"/admin/beatwright/job/{job.pk}/"
    assert (job.name, job.task, job.params, job.tags) == (
        "nightly",
        "LogTask",
        {"message": "hello"},
        ["fin", "nightly"],
    )
    assert job.starts_at is not None
    assert job.starts_at.isoformat() == "2030-01-01T07:00:00+00:00"  # eight o'clock in Berlin
    assert job.state.next_run_at is not None


def test_save_paused_plans_nothing(boss: Client) -> None:
    boss.post(ADD, filled(_paused=""))
    job = Job.objects.get()
    assert not job.enabled
    assert job.state.next_run_at is None


def test_saving_a_paused_job_keeps_it_paused(boss: Client) -> None:
    job = make_job(enabled=False, paused_by="ana", paused_reason="db move")
    boss.post(change_url(job), filled(version="1"))
    job.refresh_from_db()
    assert (job.name, job.enabled, job.paused_reason) == ("nightly", False, "db move")


def test_every_policy_that_is_enforced_can_be_set(boss: Client) -> None:
    boss.post(
        ADD,
        filled(overlap_policy="queue", timeout_seconds="1h30m", retention_days="7", priority="high",
               max_retries="3",
               retry_backoff_seconds="90", retry_backoff_max_seconds="2h", jitter_seconds="30s",
               misfire_policy="all", misfire_window_seconds="6h", owner="fin-ops",
               memory_limit_mb="512",
               fresh_process="True"),
    )  # fmt: skip
    job = Job.objects.get()
    assert (job.overlap_policy, job.timeout_seconds, job.retention_days, job.priority) == (
        "queue",
        5_400,
        7,
        10,
    )
    assert (job.max_retries, job.retry_backoff_seconds, job.retry_backoff_max_seconds) == (
        3,
        90,
        7_200,
    )
    assert (job.jitter_seconds, job.misfire_policy, job.misfire_window_seconds) == (
        30,
        "all",
        21_600,
    )
    assert (job.memory_limit_mb, job.fresh_process) == (512, True)
    html = boss.get(change_url(job)).content.decode()
    for shown in (
        'value="512"',
        '<option value="True" selected>',
        'value="1h30m"',
        'value="high"',
        'value="1m30s"',
        'value="6h"',
        "Waits 1 min 30 s, 3 min, 6 min",
    ):
        assert shown in html


def test_what_is_emptied_is_as_set_for_all_jobs(boss: Client) -> None:
    job = make_job(memory_limit_mb=512, fresh_process=True)
    boss.post(change_url(job), filled(version="1", memory_limit_mb="", fresh_process=""))
    job.refresh_from_db()
    assert (job.memory_limit_mb, job.fresh_process) == (None, False)


def test_a_duplicate_begins_with_everything_but_the_name(boss: Client) -> None:
    job = make_job(
        name="nightly", task="LogTask", params={"message": "hello"}, tags=["fin"], queue="reports"
    )
    form = boss.get(f"{ADD}?from={job.pk}").context["form"]
    assert form["name"].value() == "nightly (copy)"
    assert (form["task"].value(), form["queue"].value(), form["tags"].value()) == (
        "LogTask",
        "reports",
        "fin",
    )
    assert boss.get(f"{ADD}?from=nonsense").context["form"]["name"].value() == ""


def test_the_form_shows_masks_and_saving_them_keeps_the_secrets(boss: Client) -> None:
    job = make_job(task="EchoTask", params={"password": "corr3ct-h0rse", "n": 1})
    page = boss.get(change_url(job))
    assert "corr3ct-h0rse" not in page.content.decode()
    shown = page.context["form"]["params"].value()
    boss.post(change_url(job), filled(task="EchoTask", version="1", params=shown.replace("1", "2")))
    job.refresh_from_db()
    assert (job.version, job.params) == (2, {"password": "corr3ct-h0rse", "n": 2})


def test_a_secret_that_the_task_wants_as_a_number_is_checked_as_what_it_is(boss: Client) -> None:
    assert errors_of(boss, filled(task="LogTask", params='{"message": "••••••"}'))[
        "params"
    ].startswith("contains a mask")
    checked = boss.post(
        "/admin/_p/params/", {"task": "LogTask", "params": '{"level": "••••••", "message": 1}'}
    ).json()
    assert [name for name, _ in checked["problems"]] == ["message"]


def test_a_duplicate_keeps_the_secrets_without_showing_them(boss: Client) -> None:
    job = make_job(task="EchoTask", params={"password": "corr3ct-h0rse"})
    address = f"{ADD}?from={job.pk}"
    page = boss.get(address)
    assert "corr3ct-h0rse" not in page.content.decode()
    boss.post(
        address, filled(task="EchoTask", name="copy", params=page.context["form"]["params"].value())
    )
    assert Job.objects.get(name="copy").params == {"password": "corr3ct-h0rse"}


def test_an_editor_cannot_have_another_task_print_a_hidden_secret() -> None:
    job = make_job(task="LogTask", params={"message": "hello", "password": "corr3ct-h0rse"})
    editor = browser_of(make_user(Role.EDITOR))
    shown = editor.get(change_url(job)).context["form"]["params"].value()
    found = errors_of(editor, filled(task="EchoTask", version="1", params=shown), change_url(job))
    assert found["params"].startswith("hidden secrets stay with the task")
    job.refresh_from_db()
    assert job.task == "LogTask"


def test_a_conflict_shows_neither_sides_hidden_secret(boss: Client) -> None:
    job = make_job(task="EchoTask", params={"password": "corr3ct-h0rse", "n": 1})
    shown = boss.get(change_url(job)).context["form"]["params"].value()
    Job.objects.filter(pk=job.pk).update(version=2, params={"password": "0ld-battery", "n": 5})
    refused = boss.post(change_url(job), filled(task="EchoTask", version="1", params=shown))
    html = refused.content.decode()
    assert (refused.status_code, "Someone else" in html) == (422, True)
    assert "corr3ct-h0rse" not in html
    assert "0ld-battery" not in html
    boss.post(change_url(job), filled(task="EchoTask", version="2", params=shown))
    job.refresh_from_db()
    assert job.params == {"password": "0ld-battery", "n": 1}


def test_saving_without_a_change_keeps_the_version(boss: Client) -> None:
    boss.post(ADD, filled(starts_at="2030-01-01T08:00", max_retries="3", retry_jitter="False"))
    job = Job.objects.get()
    page = boss.get(change_url(job))
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    moments = {name: sent[name].strftime("%Y-%m-%dT%H:%M:%S") for name in ("starts_at",)}
    boss.post(
        change_url(job),
        {name: value for name, value in sent.items() if value is not None} | moments,
    )
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
        ("priority", "urgent", "low, normal, high"),
        ("timeout_seconds", "soon", "90s"),
        ("timeout_seconds", "0", "from 1"),
        ("overlap_policy", "never", "not one of"),
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
    errors = errors_of(
        boss, filled(schedule="99 * * * *", params='{"message": 5}', queue="two words")
    )
    assert set(errors) == {"schedule", "params", "queue"}


def test_a_name_in_use_is_refused_beside_the_name(boss: Client) -> None:
    make_job(name="nightly")
    assert "nightly" in errors_of(boss, filled())["name"]


def test_whole_numbers_survive_whatever_their_size(boss: Client) -> None:
    job = make_job(params={"payload": 9007199254740993})
    html = boss.get(change_url(job)).content.decode()
    assert "9007199254740993" in html


def test_a_save_upon_somebody_elses_is_refused_and_shows_what_is_stored(boss: Client) -> None:
    job = make_job(
        name="nightly", task="LogTask", params={"message": "hello"}, schedule="0 1 * * *"
    )
    boss.post(change_url(job), filled(version="1", schedule="0 4 * * *"))
    response = boss.post(change_url(job), filled(version="1", schedule="0 5 * * *"))
    job.refresh_from_db()
    assert (job.schedule, job.version) == ("0 4 * * *", 2)
    html = response.content.decode()
    assert "Someone else saved this job" in html
    assert "<code>0 4 * * *</code>" in html
    assert "<code>0 5 * * *</code>" in html
    assert 'value="0 5 * * *"' in html

    boss.post(
        change_url(job),
        filled(version=response.context["form"]["version"].value(), schedule="0 5 * * *"),
    )
    job.refresh_from_db()
    assert (job.schedule, job.version) == ("0 5 * * *", 3)


def test_a_job_whose_task_is_gone_can_still_be_opened(boss: Client) -> None:
    job = make_job(task="vanished.task")
    assert "vanished.task (not registered)" in boss.get(change_url(job)).content.decode()


def test_a_job_chooses_among_the_pools_there_are_and_says_what_it_needs(boss: Client) -> None:
    make_pool("gpu", cpu=8)
    job = make_job(pool="gone", resources={"cpu": 2, "memory": 512})
    html = boss.get(change_url(job)).content.decode()
    assert '<option value="gone" selected>gone (does not exist)</option>' in html
    assert 'value="cpu 2, memory 512"' in html
    boss.post(change_url(job), filled(version="1", pool="gpu", resources="cpu 3"))
    job.refresh_from_db()
    assert (job.pool, job.resources) == ("gpu", {"cpu": 3})


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"pool": "tpu"}, "Select a valid choice"),
        ({"pool": "gpu", "resources": "cpu 9"}, "needs 9 cpu, the pool gpu has 8"),
        ({"resources": "cpu many"}, "such as: cpu 2, memory 512"),
        ({"resources": "cpu 1, cpu 2"}, "such as: cpu 2, memory 512"),
        ({"resources": "gpu 1"}, "must be an object of cpu, memory, storage"),
    ],
)
def test_a_pool_or_resources_that_do_not_fit_are_told_beside_the_field(
    boss: Client, fields: dict[str, str], problem: str
) -> None:
    make_pool("gpu", cpu=8)
    response = boss.post(ADD, filled(**fields))
    assert response.status_code == 422
    (errors,) = response.context["form"].errors.values()
    assert problem in str(errors)
    assert not Job.objects.exists()


def test_the_form_shows_the_next_ten_and_the_notes(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    job = make_job(schedule="30 2 * * *", timezone="Europe/Berlin")
    with django_assert_num_queries(7):  # session, user, job, pools, queues, calendars twice
        preview = boss.get(change_url(job)).context["preview"]
    assert len(preview.occurrences) == 10
    assert any("clocks" in note or "does not exist" in note for note in preview.notes)


def test_a_viewer_cannot_open_or_send_the_form(viewer: Client) -> None:
    job = make_job()
    assert viewer.get(ADD).status_code == 403
    assert viewer.post(ADD, filled()).status_code == 403
    assert viewer.post(change_url(job), filled()).status_code == 403
    assert Job.objects.get().version == 1
