"""Revealing: who may asks for it, the audit keeps it, and what is shown then is whole."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from jobs.access.roles import Role
from jobs.actions.masking.reveal import reveal_job
from jobs.errors import DomainError, Forbidden
from jobs.models import AuditEntry, IdempotencyKey
from tests.support.api import Api
from tests.support.builders import by, make_attempt, make_job, make_log, make_run
from tests.support.people import browser_of, make_user
from tests.support.rights import somebody
from tests.support.typed import manage, manage_json

SECRET = "corr3ct-h0rse"


def entries() -> list[tuple[str, str, str]]:
    return list(
        AuditEntry.objects.filter(verb__startswith="reveal")
        .order_by("id")
        .values_list("verb", "surface", "reason")
    )


def test_the_job_page_offers_it_to_whom_may_and_shows_it_once() -> None:
    job = make_job(params={"password": SECRET}, metadata={"token": "abcd"})
    page, button = f"/admin/beatwright/job/{job.pk}/", f"/admin/beatwright/job/{job.pk}/reveal/"
    editor, admin = browser_of(make_user(Role.EDITOR)), browser_of(make_user(Role.ADMIN))
    assert button in admin.get(page).content.decode()
    assert button not in editor.get(page).content.decode()
    assert (editor.post(button).status_code, admin.get(button).status_code) == (403, 405)
    assert entries() == []
    shown = admin.post(button, {"reason": "rotation"})
    assert SECRET in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert entries() == [("reveal_job", "console", "rotation")]
    assert SECRET not in admin.get(page).content.decode()


def test_a_job_without_secrets_has_no_such_button() -> None:
    job = make_job(params={"message": "hello"})
    assert (
        "/reveal/"
        not in browser_of(make_user(Role.ADMIN))
        .get(f"/admin/beatwright/job/{job.pk}/")
        .content.decode()
    )


def test_a_run_is_revealed_with_its_result_and_log() -> None:
    run = make_run(
        make_job(params={"password": SECRET}), state="succeeded", attempt=1, publish_count=1
    )
    make_attempt(run, result=json.dumps({"said": f"result {SECRET}"}), traceback=f"trace {SECRET}")
    make_log(run, f"log {SECRET}\n")
    admin = browser_of(make_user(Role.ADMIN))
    assert (
        f"/admin/beatwright/run/{run.pk}/reveal/"
        in admin.get(f"/admin/beatwright/run/{run.pk}/").content.decode()
    )
    html = admin.post(f"/admin/beatwright/run/{run.pk}/reveal/?attempt=1").content.decode()
    for part in ("result", "trace", "log"):
        assert f"{part} {SECRET}" in html
    assert entries() == [("reveal_run", "console", "")]


def test_programs_reveal_by_asking_and_nothing_keeps_the_answer() -> None:
    run = make_run(
        make_job(params={"password": SECRET}), state="succeeded", attempt=1, publish_count=1
    )
    make_attempt(run, result=json.dumps(SECRET))
    make_log(run, f"a\nlog {SECRET}\n")
    admin = Api("admin")
    answer = admin.post(f"jobs/{run.job_id}/reveal/", {"reason": "rotation"}, idempotency_key="k")
    assert (answer.json()["params"], answer["Cache-Control"]) == ({"password": SECRET}, "no-store")
    told = admin.post(f"runs/{run.pk}/reveal/").json()
    assert (told["params"], told["attempts"][0]["result"], told["log"].endswith(SECRET)) == (
        {"password": SECRET},
        SECRET,
        True,
    )
    assert entries() == [("reveal_job", "api", "rotation"), ("reveal_run", "api", "")]
    assert not IdempotencyKey.objects.exists()
    assert Api("editor").post(f"runs/{run.pk}/reveal/").status_code == 403


def test_the_command_line_hides_and_reveals_too() -> None:
    run = make_run(make_job(name="billing", params={"password": SECRET}), attempt=1)
    make_log(run, f"log {SECRET}\n")
    assert manage_json("job", "get", "billing", "--json")["params"] != {"password": SECRET}
    assert manage_json("job", "reveal", "billing", "--json")["params"] == {"password": SECRET}
    assert f"log {SECRET}" in manage("run", "reveal", str(run.pk), "--reason", "a look")
    assert [(verb, surface) for verb, surface, _ in entries()] == [
        ("reveal_job", "cli"),
        ("reveal_run", "cli"),
    ]


def test_an_export_has_masks_unless_it_is_asked_for_secrets() -> None:
    make_job(name="billing", params={"password": SECRET})
    assert SECRET not in manage("export_schedule")
    assert SECRET in manage("export_schedule", "--reveal")
    assert [verb for verb, _, _ in entries()] == ["reveal_all"]


@pytest.mark.parametrize("reason", ["x" * 501, "a\0b"])
def test_a_reason_that_cannot_be_kept_reveals_nothing(reason: str) -> None:
    with pytest.raises(DomainError) as refused:
        reveal_job(make_job(), actor=by("ana"), now=timezone.now(), reason=reason)
    assert refused.value.field == "reason"


def test_nobody_reveals_beyond_their_tags() -> None:
    job = make_job(tags=["ops"])
    with pytest.raises(Forbidden):
        reveal_job(job, actor=somebody(Role.ADMIN, tags=frozenset({"fin"})), now=timezone.now())
