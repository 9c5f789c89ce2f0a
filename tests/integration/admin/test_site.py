"""What holds on every page: who gets in, what the browser may load, the header, the first page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.models import Leader, RunState
from tests.support.builders import make_job, make_run

INDEX = "/admin/"
PAGES = [
    INDEX,
    "/admin/jobs/job/",
    "/admin/jobs/job/add/",
    "/admin/jobs/run/",
    "/admin/jobs/import/",
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
# Session, user, scheduler's lease; are there jobs; running, due, failures (failed, timed out); four counters.
INDEX_QUERIES = 12


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_under_the_policy_and_without_inline_script(boss: Client, address: str) -> None:
    response = boss.get(address)
    html = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self' 'unsafe-eval'" in response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert html.count("<script") == html.count("<script src=") + html.count('<script id="django-admin')
    assert html.count("<h1") == 1
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
    assert client.get("/admin/jobs/job/").status_code == 403
    assert client.get("/admin/jobs/run/").status_code == 403


@pytest.mark.parametrize(
    ("seconds", "word", "tone"),
    [(5, "scheduler ok", "good"), (-300, "scheduler silent", "bad"), (None, "no scheduler", "bad")],
)
def test_the_header_says_whether_a_scheduler_is_alive(boss: Client, seconds: int | None, word: str, tone: str) -> None:
    now = timezone.now()
    if seconds is not None:
        Leader.objects.create(
            role="scheduler", holder="host:1", acquired_at=now, expires_at=now + timedelta(seconds=seconds)
        )
    status = boss.get("/admin/jobs/run/").context["scheduler"]
    assert (status.word, status.tone) == (word, tone)


def test_a_new_installation_is_shown_three_steps(boss: Client) -> None:
    html = boss.get(INDEX).content.decode()
    assert "Three steps to the first run" in html
    assert 'data-copy="bin/up"' in html


def test_the_first_page_answers_what_runs_what_failed_and_what_is_next(
    boss: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    job = make_job(name="nightly", schedule="0 4 * * *")
    make_run(job, state=RunState.RUNNING, started_at=now - timedelta(minutes=2), attempt=1)
    make_run(job, state=RunState.FAILED, finished_at=now - timedelta(minutes=5), error="ValueError: no such day")
    make_run(job, state=RunState.TIMED_OUT, finished_at=now - timedelta(minutes=9))
    make_run(job, state=RunState.FAILED, finished_at=now - timedelta(hours=5))
    make_run(job)
    with django_assert_num_queries(INDEX_QUERIES):
        context = boss.get(INDEX).context
    assert [(tile.label, tile.number) for tile in context["tiles"]] == [
        ("Running", "1"),
        ("Queued", "1"),
        ("Failed", "2"),
    ]
    assert [row.job for row in context["running"]] == ["nightly"]
    assert [row.note for row in context["failures"]][:1] == [""]
    assert len(context["failures"]) == 3
    assert [row.job for row in context["due"]] == ["nightly"]


def test_counters_stop_at_a_thousand(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.queries.pages_dashboard.CAP", 2)
    job = make_job()
    for _ in range(4):
        make_run(job)
    assert boss.get(INDEX).context["tiles"][1].number == "2+"


def test_the_first_page_refreshes_by_its_panels_alone(boss: Client) -> None:
    make_job(name="nightly")
    html = boss.get("/admin/_f/dashboard/").content.decode()
    assert "nightly" in html
    assert "<html" not in html
