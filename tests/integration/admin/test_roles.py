"""What each role finds in the console: buttons they may use, and a page that says no to everything
else.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from jobs.access.roles import Role
from jobs.models import AuditEntry, Job, Run, RunState
from tests.support.builders import make_job, make_run
from tests.support.people import browser_of, make_user
from tests.support.redis import RedisServer


def url(job: Job, verb: str) -> str:
    return f"/admin/beatwright/job/{job.pk}/{verb}/"


@pytest.mark.parametrize("role", Role)
def test_the_list_has_the_buttons_that_the_role_may_use(role: Role) -> None:
    job = make_job()
    html = browser_of(make_user(role)).get("/admin/beatwright/job/").content.decode()
    for part, least in (
        (url(job, "run"), 1),
        (url(job, "pause"), 1),
        (url(job, "change"), 2),
        ("/job/add/", 2),
    ):
        assert (part in html) == (list(Role).index(role) >= least), part
    assert ('value="archive"' in html) == (role in (Role.EDITOR, Role.ADMIN))
    assert ('name="job"' in html) == (role != Role.VIEWER)


@pytest.mark.parametrize("role", Role)
def test_the_jobs_page_has_them_too(role: Role) -> None:
    job = make_job()
    html = browser_of(make_user(role)).get(f"/admin/beatwright/job/{job.pk}/").content.decode()
    for verb, least in (("follow", 1), ("pause", 1), ("change", 2), ("archive", 2)):
        assert (url(job, verb) in html) == (list(Role).index(role) >= least), verb


def test_a_crafted_post_is_told_what_is_missing_and_who_can_give_it() -> None:
    User.objects.create_superuser("boss")
    make_user(Role.ADMIN, "ada")
    job = make_job()
    answer = browser_of(make_user(Role.VIEWER)).post(url(job, "pause"))
    html = answer.content.decode()
    assert answer.status_code == 403
    assert "The permission beatwright.pause_job is required" in html
    assert "operator, editor or admin" in html
    assert "ada, boss can grant it" in html
    job.refresh_from_db()
    assert job.enabled


def test_an_operator_runs_pauses_and_reruns_and_does_not_edit(broker: RedisServer) -> None:
    browser, job = browser_of(make_user(Role.OPERATOR)), make_job()
    run = make_run(job, state=RunState.FAILED)
    assert browser.post(url(job, "follow")).status_code == 302
    assert browser.post(url(job, "pause")).status_code == 302
    assert browser.post(f"/admin/beatwright/run/{run.pk}/rerun/").status_code == 302
    assert len(Run.objects.all()) == 3
    for address in (url(job, "change"), "/admin/beatwright/job/add/"):
        assert browser.get(address).status_code == 403
    assert browser.post(url(job, "archive")).status_code == 403


def test_djangos_own_pages_say_no_on_the_same_page() -> None:
    answer = browser_of(make_user(Role.EDITOR)).get("/admin/auth/user/add/")
    assert answer.status_code == 403
    assert 'data-testid="refused"' in answer.content.decode()


def test_an_editor_adopts_what_they_may_only_look_at_elsewhere() -> None:
    browser = browser_of(make_user(Role.EDITOR))
    assert browser.get("/admin/django_celery_beat/periodictask/").status_code == 200
    assert browser.get("/admin/django_celery_beat/periodictask/add/").status_code == 403


def test_who_is_limited_to_tags_sees_those_jobs_and_runs_alone() -> None:
    mine, other = (
        make_job(name="fin-close", tags=["fin"]),
        make_job(name="ops-clean", tags=["ops"], queue="ops"),
    )
    runs = [
        make_run(job, state=RunState.FAILED, finished_at=timezone.now()) for job in (mine, other)
    ]
    browser = browser_of(make_user(Role.OPERATOR, tags=["fin"]))
    for address in ("/admin/", "/admin/beatwright/job/", "/admin/beatwright/run/"):
        html = browser.get(address).content.decode()
        assert "fin-close" in html, address
        assert not re.search(r"\bops\b", html), address
    assert browser.get(f"/admin/beatwright/job/{mine.pk}/").status_code == 200
    for address in (
        f"/admin/beatwright/job/{other.pk}/",
        url(other, "history"),
        f"/admin/beatwright/run/{runs[1].pk}/",
    ):
        assert browser.get(address).status_code == 404, address
    assert browser.post(url(other, "pause")).status_code == 404


def test_secrets_in_params_are_not_on_the_pages(boss: Client) -> None:
    job = make_job(params={"password": "hunter2", "host": "db"})
    run = make_run(job)
    for address in (f"/admin/beatwright/job/{job.pk}/", f"/admin/beatwright/run/{run.pk}/"):
        html = boss.get(address).content.decode()
        assert "hunter2" not in html
        assert "••••••" in html


def test_an_admin_limits_a_user_to_tags_on_the_users_page(boss: Client) -> None:
    user = make_user(Role.OPERATOR)
    page = f"/admin/auth/user/{user.pk}/change/"
    inline = {
        "beatwright_restriction-TOTAL_FORMS": 1,
        "beatwright_restriction-0-user": user.pk,
        "beatwright_restriction-0-tags": "fin, #nightly",
    }
    answer = boss.post(page, form_of(boss, page) | inline)
    assert answer.status_code == 302, answer.context["errors"]
    user.refresh_from_db()
    assert user.beatwright_restriction.tags == ["fin", "nightly"]
    assert "fin, nightly" in boss.get(page).content.decode()
    assert AuditEntry.objects.get().target_name == "operator"


def test_who_gave_somebody_a_role_is_in_the_audit(boss: Client) -> None:
    user = make_user(Role.VIEWER, "ana")
    page = f"/admin/auth/user/{user.pk}/change/"
    boss.post(
        page,
        form_of(boss, page)
        | {"groups": [Group.objects.get(name="admin").pk], "is_superuser": "on"},
    )
    entry = AuditEntry.objects.get()
    assert (entry.who, entry.verb, entry.target_kind, entry.target_name) == (
        "boss",
        "edit_row",
        "user",
        "ana",
    )
    assert entry.changes == {"groups": [["viewer"], ["admin"]], "is_superuser": [False, True]}

    boss.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})
    assert AuditEntry.objects.get(verb="delete_row").target_name == "ana"


def test_a_new_password_is_not(boss: Client) -> None:
    written = {
        "username": "new",
        "password1": "long enough 77",
        "password2": "long enough 77",
        "usable_password": "true",
    }
    assert boss.post("/admin/auth/user/add/", written | NO_RESTRICTION).status_code == 302
    entry = AuditEntry.objects.get()
    assert entry.changes["username"] == [None, "new"]
    assert "long enough" not in str(entry.changes)


NO_RESTRICTION = {
    "beatwright_restriction-TOTAL_FORMS": 0,
    "beatwright_restriction-INITIAL_FORMS": 0,
}


def form_of(browser: Client, page: str) -> dict[str, Any]:
    """What the user's form would send, unchanged."""
    form = browser.get(page).context["adminform"].form
    values = {
        name: form[name].value() for name in form.fields if form[name].value() not in (None, False)
    }
    joined = form.instance.date_joined
    for before in ("", "initial-"):
        values |= {
            f"{before}date_joined_0": f"{joined:%Y-%m-%d}",
            f"{before}date_joined_1": f"{joined:%H:%M:%S}",
        }
    return values | {"groups": [group.pk for group in form.instance.groups.all()]} | NO_RESTRICTION
