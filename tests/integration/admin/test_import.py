"""The import page: hand in, dry run, apply, result."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from jobs.admin.importing import rows
from jobs.importers import handed_in
from jobs.models import Job, JobState, ScheduleImport
from tests.support.builders import make_job

PAGE = "/admin/beatwright/import/"
# Session, user, scheduler's lease, the import, and the plan: jobs by name, the states of those that
# differ, the absent.
PLAN_QUERIES = 8
Context = Any


def schedules(**by_name: str) -> str:
    jobs = [
        {"name": name, "task": "EchoTask", "schedule": schedule}
        for name, schedule in by_name.items()
    ]
    return json.dumps({"jobs": jobs}, indent=1)


def hand_in(client: Client, text: str = "", **fields: Any) -> str:
    """The address of the plan."""
    response = client.post(PAGE, {"text": text, **fields})
    assert response.status_code == 302, response.context["form"].errors
    return str(response.headers["Location"])


def look(client: Client, address: str) -> Context:
    response = client.get(address)
    assert response.status_code == 200
    return response.context


def apply(client: Client, address: str, *names: str, **fields: Any) -> Context:
    """Press the button with these jobs ticked, of the plan as it is now; returns the page one lands
    on.
    """
    data = {"seen": look(client, address)["seen"], "choosing": "1", "job": names} | fields
    return client.post(address, data, follow=True).context


def import_all(client: Client, text: str, **fields: Any) -> Context:
    address = hand_in(client, text, **fields)
    ticked = [row.job for row in look(client, address)["changes"] if row.is_ticked]
    return apply(client, address, *ticked)


def test_a_dry_run_shows_what_is_new_and_writes_no_job(boss: Client) -> None:
    context = look(boss, hand_in(boss, schedules(a="0 4 * * *", b="@manual")))
    assert [(row.badge.word, row.job, row.is_ticked) for row in context["changes"]] == [
        ("new", "a", True),
        ("new", "b", True),
    ]
    assert context["changes"][0].after.relative.startswith("in ")
    assert context["file"] == "pasted"
    assert not Job.objects.exists()


def test_applying_makes_the_jobs_and_links_to_them(boss: Client) -> None:
    context = import_all(boss, schedules(a="0 4 * * *", b="@daily"), name="mine")
    job = Job.objects.get(name="a")
    assert context["parts"][0]["jobs"][0] == ("a", f"/admin/beatwright/job/{job.pk}/")
    assert (context["parts"][0]["count"], job.source) == (2, "mine")
    assert JobState.objects.filter(next_run_at__isnull=False).count() == 2


def test_the_same_again_is_0_changes(boss: Client) -> None:
    import_all(boss, schedules(a="0 4 * * *"))
    address = hand_in(boss, schedules(a="0 4 * * *"))
    assert "No changes" in boss.get(address).content.decode()
    assert (look(boss, address)["changes"], look(boss, address)["same"]) == ([], 1)


def test_a_change_shows_each_field_and_when_it_fires_old_and_new(boss: Client) -> None:
    import_all(boss, schedules(a="0 4 * * *"))
    (row,) = look(boss, hand_in(boss, schedules(a="30 5 * * *")))["changes"]
    assert [(field.name, field.old, field.new) for field in row.fields] == [
        ("schedule", '"0 4 * * *"', '"30 5 * * *"')
    ]
    assert (row.before.text[-9:], row.after.text[-9:]) == ("04:00 UTC", "05:30 UTC")


def test_only_what_is_ticked_is_applied(boss: Client) -> None:
    address = hand_in(boss, schedules(a="@daily", b="@daily", c="@daily"))
    context = apply(boss, address, "a", "c")
    assert set(Job.objects.values_list("name", flat=True)) == {"a", "c"}
    assert context["parts"][0]["count"] == 2


def test_with_nothing_ticked_nothing_is_changed(boss: Client) -> None:
    context = apply(boss, hand_in(boss, schedules(a="@daily")))
    assert context["parts"] == []
    assert not Job.objects.exists()


def test_a_job_that_the_file_no_longer_has_is_paused_only_where_it_is_ticked(boss: Client) -> None:
    import_all(boss, schedules(a="@daily", b="@daily", c="@daily"))
    address = hand_in(boss, schedules(c="@daily"))
    rows_shown = look(boss, address)["changes"]
    assert [(row.badge.word, row.job, row.is_ticked) for row in rows_shown] == [
        ("absent", "a", False),
        ("absent", "b", False),
    ]
    apply(boss, address, "b")
    assert dict(Job.objects.values_list("name", "enabled")) == {"a": True, "b": False, "c": True}


def test_what_is_wrong_is_named_with_its_line_and_the_good_ones_can_be_applied(
    boss: Client,
) -> None:
    address = hand_in(boss, "# mine\n0 4 * * * good\n99 4 * * * bad\nnonsense\n", name="crontab")
    problems = look(boss, address)["problems"]
    assert [(row.place, row.excerpt) for row in problems] == [
        ("Line 3", "99 4 * * * bad"),
        ("Line 4", "nonsense"),
    ]
    assert "minute: 99 is above 59" in problems[0].message
    html = boss.get(address).content.decode()
    assert "Line 3" in html
    apply(boss, address, "crontab:good")
    assert Job.objects.get().name == "crontab:good"


def test_of_a_long_line_the_part_that_is_wrong_is_shown(boss: Client) -> None:
    text = json.dumps(
        {
            "jobs": [
                {"name": f"j{n}", "task": "EchoTask", "schedule": f"{n} * * * *"} for n in range(61)
            ]
        }
    )
    (row,) = look(boss, hand_in(boss, text))["problems"]
    assert "60 * * * *" in row.excerpt
    assert len(row.excerpt) < 170


def test_a_command_says_that_it_will_be_paused_and_why(boss: Client) -> None:
    (row,) = look(boss, hand_in(boss, "@daily x"))["changes"]
    assert "ALLOW_COMMANDS is off" in row.note
    assert row.after.title == "nothing is planned"


def test_what_is_told_beside_the_file_counts(boss: Client) -> None:
    address = hand_in(boss, "0 4 * * * alice backup", zone="Europe/Berlin", user_column="yes")
    apply(boss, address, "pasted:alice:backup")
    assert Job.objects.get().timezone == "Europe/Berlin"


def test_a_file_is_uploaded_under_its_name(boss: Client) -> None:
    upload = SimpleUploadedFile("jobs.json", schedules(a="@daily").encode())
    assert look(boss, hand_in(boss, file=upload))["file"] == "jobs.json"


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"text": " "}, "file", "Choose a file or paste its text."),
        ({"text": "{ broken"}, "text", "Line 1, column 3: it is not JSON"),
        ({"text": "beat_schedule = {"}, "text", "it is not Python: '{' was never closed"),
        (
            {"text": "[]", "file": SimpleUploadedFile("x", b"[]")},
            "text",
            "Choose a file or paste text, not both.",
        ),
        ({"file": SimpleUploadedFile("x", b"\xff")}, "file", "it is not UTF-8 text"),
        ({"file": SimpleUploadedFile("x", b"")}, "file", "empty"),
        ({"text": "[]", "zone": "Mars"}, "zone", "not a known time zone"),
        ({"text": "[]", "name": "a\x07b"}, "name", "a character that cannot be stored"),
        ({"text": "[]", "user_column": "maybe"}, "user_column", "Select a valid choice"),
    ],
)
def test_what_cannot_be_read_is_told_beside_its_field(
    boss: Client, fields: dict[str, Any], field: str, message: str
) -> None:
    response = boss.post(PAGE, fields)
    assert response.status_code == 422
    assert message in " ".join(response.context["form"].errors[field])
    assert not ScheduleImport.objects.exists()


def test_a_file_over_the_limit_is_refused(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.admin.importing.form.MOST_BYTES", 3)
    response = boss.post(PAGE, {"file": SimpleUploadedFile("x", b"[  ]")})
    assert "larger than 64 MB" in response.context["form"].errors["file"][0]


def test_a_document_that_is_no_schedule_file_shows_why_and_offers_nothing(boss: Client) -> None:
    context = look(boss, hand_in(boss, "{}"))
    assert (context["changes"], context["problems"][0].message) == (
        [],
        "the file is not a schedule file",
    )


def test_a_plan_that_changed_meanwhile_is_shown_again_and_not_applied(boss: Client) -> None:
    import_all(boss, schedules(a="0 4 * * *"))
    address = hand_in(boss, schedules(a="30 5 * * *", b="@daily"))
    seen = look(boss, address)["seen"]
    Job.objects.filter(name="a").update(schedule="0 9 * * *")
    data = {"seen": seen, "choosing": "1", "job": ["a", "b"]}
    response = boss.post(address, data)
    assert response.status_code == 409
    assert "look at it again" in response.content.decode()
    assert response.context["changes"][1].fields[0].old == '"0 9 * * *"'
    assert not Job.objects.filter(name="b").exists()
    boss.post(address, data | {"seen": response.context["seen"]})
    assert Job.objects.get(name="a").schedule == "30 5 * * *"


def test_time_passing_does_not_change_a_plan(boss: Client) -> None:
    address = hand_in(boss, schedules(a="* * * * * *"))
    seen = look(boss, address)["seen"]
    assert look(boss, address)["seen"] == seen


def test_applying_twice_does_it_once_and_shows_what_was_done(boss: Client) -> None:
    address = hand_in(boss, schedules(a="@daily"))
    data = {"seen": look(boss, address)["seen"], "choosing": "1", "job": ["a"]}
    first, second = (boss.post(address, data, follow=True).context["parts"] for _ in range(2))
    assert first == second
    assert Job.objects.get().version == 1


def test_of_more_jobs_than_can_be_ticked_all_are_applied(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_all(boss, schedules(old="@daily"))
    monkeypatch.setattr(rows, "MOST_CHANGES", 2)
    address = hand_in(boss, schedules(a="@daily", b="@daily", c="@daily"))
    context = look(boss, address)
    assert (context["can_choose"], len(context["changes"]), context["changes_more"]) == (
        False,
        2,
        2,
    )
    boss.post(address, {"seen": context["seen"]})
    assert Job.objects.filter(enabled=True).count() == 4
    address = hand_in(boss, schedules(d="@daily", e="@daily"))
    boss.post(address, {"seen": look(boss, address)["seen"], "pause_absent": "1"})
    assert set(Job.objects.filter(enabled=True).values_list("name", flat=True)) == {"d", "e"}


def test_a_plan_takes_a_known_number_of_queries(
    boss: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    import_all(boss, schedules(**{f"job{n}": "@daily" for n in range(40)}))
    address = hand_in(boss, schedules(**{f"job{n}": "@hourly" for n in range(20)}))
    with django_assert_max_num_queries(PLAN_QUERIES):
        assert len(look(boss, address)["changes"]) == 40


def test_only_who_has_the_permission_may_import(viewer: Client, boss: Client) -> None:
    address = hand_in(boss, schedules(a="@daily"))
    for method in (viewer.get, viewer.post):
        assert method(PAGE).status_code == 403
        assert method(address).status_code == 403
    assert "beatwright_import" not in viewer.get("/admin/").content.decode()


def test_nobody_sees_what_somebody_else_handed_in(boss: Client) -> None:
    user = User.objects.create_user("editor", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["import_job", "view_job"]))
    editor = Client()
    editor.force_login(user)
    address = hand_in(boss, schedules(a="@daily"))
    assert editor.get(address).status_code == 404
    assert import_all(editor, schedules(a="@daily"))["parts"][0]["count"] == 1


def test_who_may_not_say_which_command_runs_is_told_and_nothing_is_imported() -> None:
    user = User.objects.create_user("editor", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["import_job", "view_job"]))
    editor = Client()
    editor.force_login(user)
    address = hand_in(editor, "@daily rm -rf /tmp/x")
    data = {"seen": look(editor, address)["seen"], "choosing": "1", "job": ["pasted:rm -rf /tmp/x"]}
    response = editor.post(address, data)
    assert response.status_code == 403
    assert "beatwright.command_job" in response.context["notice"]
    assert not Job.objects.exists()


def test_what_waits_is_bounded_and_what_was_applied_keeps_no_text(boss: Client) -> None:
    for n in range(5):
        hand_in(boss, schedules(a=f"{n} * * * *"))
    assert ScheduleImport.objects.count() == handed_in.WAITING_MOST
    import_all(boss, schedules(a="@daily"))
    applied = ScheduleImport.objects.exclude(applied_at=None).get()
    assert bytes(applied.content) == b""
    now = timezone.now()
    ScheduleImport.objects.update(
        created_at=now - timedelta(days=2), applied_at=now - timedelta(days=91)
    )
    hand_in(boss, schedules(a="@daily"))
    assert ScheduleImport.objects.count() == 1


def test_a_job_made_by_a_person_is_not_taken_over(boss: Client) -> None:
    make_job(name="a", schedule="@daily")
    context = look(boss, hand_in(boss, schedules(a="@hourly")))
    assert "no file owns differs in" in context["problems"][0].message
