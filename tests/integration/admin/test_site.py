"""What holds on every page: who gets in, what the browser may load, the header, the first page."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import RunState
from tests.support.builders import make_job, make_run

INDEX = "/admin/"
PAGES = [
    INDEX,
    "/admin/beatwright/job/",
    "/admin/beatwright/job/add/",
    "/admin/beatwright/run/",
    "/admin/beatwright/timeline/",
    "/admin/beatwright/forecast/",
    "/admin/beatwright/spread/",
    "/admin/beatwright/import/",
    "/admin/beatwright/queues/",
    "/admin/beatwright/workers/",
    "/admin/beatwright/dead/",
    "/admin/beatwright/dead/group/none/",
    "/admin/search/",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/auth/group/",
    "/admin/auth/group/add/",
    "/admin/django_celery_beat/periodictask/",
    "/admin/django_celery_beat/periodictask/add/",
    "/admin/django_celery_beat/intervalschedule/",
    "/admin/django_celery_beat/intervalschedule/add/",
    "/admin/django_celery_beat/crontabschedule/",
    "/admin/django_celery_beat/crontabschedule/add/",
    "/admin/django_celery_beat/clockedschedule/",
    "/admin/django_celery_beat/solarschedule/",
    "/admin/django_celery_results/taskresult/",
    "/admin/django_celery_results/groupresult/",
    "/admin/password_change/",
]


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_under_the_policy_and_without_inline_script(
    boss: Client, address: str
) -> None:
    response = boss.get(address)
    html = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self' 'unsafe-eval'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert html.count("<script") == html.count("<script src=") + html.count(
        '<script id="django-admin'
    )
    assert html.count("<h1") == 1
    assert " style=" not in html.partition('id="content"')[2].partition("</main>")[0]
    for elsewhere in ("http://", "https://", "//"):
        assert f'src="{elsewhere}' not in html
        assert f'<link href="{elsewhere}' not in html


@pytest.mark.parametrize("address", PAGES)
def test_nobody_gets_in_without_being_staff(address: str) -> None:
    client = Client()
    assert client.get(address).headers["Location"].startswith("/admin/login/")
    client.force_login(User.objects.create_user("customer"))
    assert client.get(address).headers["Location"].startswith("/admin/login/")


def test_staff_without_a_permission_see_no_jobs_and_no_runs() -> None:
    client = Client()
    client.force_login(User.objects.create_user("new", is_staff=True))
    make_run(make_job(name="secret-job"), state=RunState.FAILED)
    assert "secret-job" not in client.get(INDEX).content.decode()
    assert client.get("/admin/beatwright/job/").status_code == 403
    assert client.get("/admin/beatwright/run/").status_code == 403


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("/admin/nothing/", "There is no page at this address."),
        (f"/admin/beatwright/run/{UUID(int=7)}/", "deleted when their job"),
        (f"/admin/beatwright/job/{UUID(int=7)}/", "This job does not exist."),
    ],
)
def test_what_is_not_there_is_told_within_the_consoles_frame(
    boss: Client, address: str, message: str
) -> None:
    answer = boss.get(address)
    assert answer.status_code == 404
    html = answer.content.decode()
    assert message in html
    assert 'role="search"' in html
    assert "/admin/beatwright/job/" in html


def test_an_error_of_ours_is_told_by_a_page_that_leads_back(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss.raise_request_exception = False
    monkeypatch.setattr("jobs.admin.search.find_jobs", lambda *_, **__: 1 / 0)
    answer = boss.get("/admin/search/?q=daily")
    assert answer.status_code == 500
    assert 'href="/admin/"' in answer.content.decode()
