"""Who may come in, how far, how often, and with how much."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client

from jobs.models import AuditEntry, Job
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run

NEW = {"name": "nightly", "task": "EchoTask", "schedule": "30 2 * * *"}


def test_without_a_token_the_answer_is_401_and_says_what_is_wanted() -> None:
    answer = Client().get("/api/v1/jobs/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["Bearer bw_nonsense", "Bearer", "Bearer \0"])
def test_a_token_that_opens_nothing_is_401(text: str) -> None:
    assert Client(headers={"authorization": text}).get("/api/v1/jobs/").status_code == 401


def test_a_session_needs_its_csrf_token_to_change_anything() -> None:
    boss = User.objects.create_superuser("boss")
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss)
    assert client.get("/api/v1/jobs/").status_code == 200
    assert client.post("/api/v1/jobs/", NEW, content_type="application/json").status_code == 403
    client.get("/admin/")
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    client.get("/admin/password_change/")
    token = token or client.cookies["csrftoken"].value
    made = client.post(
        "/api/v1/jobs/", NEW, content_type="application/json", headers={"x-csrftoken": token}
    )
    assert made.status_code == 201
    assert AuditEntry.objects.get().surface == "api"


def test_what_a_role_lacks_is_named() -> None:
    job = make_job()
    viewer, operator = Api("viewer"), Api("operator")
    assert viewer.get("jobs/").status_code == 200
    for caller, answer in (
        (viewer, viewer.post(f"jobs/{job.pk}/run/")),
        (viewer, viewer.post(f"jobs/{job.pk}/pause/")),
        (operator, operator.post("jobs/", NEW)),
        (operator, operator.send("patch", f"jobs/{job.pk}/", {"owner": "ana"})),
        (operator, operator.send("delete", f"jobs/{job.pk}/")),
        (operator, operator.post("import/", {"jobs": []})),
    ):
        assert answer.status_code == 403, caller.name
        assert "the permission beatwright." in answer.json()["detail"]
    job.refresh_from_db()
    assert (job.enabled, job.owner) == (True, "")


def test_nobody_in_particular_reads_nothing() -> None:
    nobody = Api("")
    for path in (
        "jobs/",
        "runs/",
        "dead-letters/",
        "queues/",
        "workers/",
        "stats/",
        "registry/",
        "/jobs",
        "/v1/jobs",
    ):
        assert nobody.get(path).status_code == 403, path


def test_a_token_limited_to_tags_sees_and_touches_those_jobs_alone() -> None:
    ours, theirs = make_job(tags=["fin"]), make_job(tags=["ops"])
    run, other = make_run(ours, state="failed"), make_run(theirs, state="failed")
    limited = Api(tags=["fin"])
    assert [row["id"] for row in limited.get("jobs/").json()["results"]] == [str(ours.pk)]
    assert [row["id"] for row in limited.get("runs/").json()["results"]] == [str(run.pk)]
    assert [row["id"] for row in limited.get("dead-letters/").json()["results"]] == [str(run.pk)]
    assert [row["id"] for row in limited.get("/v1/jobs").json()["jobs"]] == [str(ours.pk)]
    assert [row["id"] for row in limited.get("/jobs").json()["jobs"]] == [str(ours.pk)]
    for path in (
        f"jobs/{theirs.pk}/",
        f"runs/{other.pk}/",
        f"/jobs/{theirs.pk}",
        f"tasks/{theirs.pk}",
    ):
        assert limited.get(path).status_code == 404, path
    assert limited.post(f"jobs/{theirs.pk}/pause/").status_code == 404
    assert limited.post("jobs/", NEW | {"tags": ["ops"]}).status_code == 403


def test_requests_beyond_the_rate_are_told_when_to_come_back(settings: Any) -> None:
    cache.clear()
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"api_rate_per_minute": 3}
    first, other = Api(), Api()
    while time.time() % 60 > 55:  # not across the minute's end
        time.sleep(1)
    assert [first.get("registry/LogTask/").status_code for _ in range(5)] == [
        200,
        200,
        200,
        429,
        429,
    ]
    assert 1 <= int(first.get("stats/")["Retry-After"]) <= 61
    assert other.get("stats/").status_code == 200
    settings.BEATWRIGHT = settings.BEATWRIGHT | {"api_rate_per_minute": 0}
    assert first.get("stats/").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("", 400),
        ("[]", 400),
        ("null", 400),
        ("NaN", 400),
        ('{"name": NaN}', 400),
        (b"\xff\xfe", 400),
        ("[" * 100_000, 400),
        ('{"name": ' + "9" * 5000 + "}", 400),
        ('{"name": "\\ud800", "task": "EchoTask", "schedule": "@daily"}', 400),
        ('{"name": "a\\u0000b", "task": "EchoTask", "schedule": "@daily"}', 422),
        (json.dumps(NEW | {"params": {"a": "\0"}}), 422),
        (json.dumps(NEW | {"params": {"a": "x" * 70_000}}), 422),
        (json.dumps(NEW | {"starts_at": "0001-01-01T00:00:00+14:00"}), 400),
        (json.dumps(NEW | {"description": "x" * (1024 * 1024)}), 413),
    ],
)
def test_no_body_breaks_the_server(api: Api, body: str | bytes, status: int) -> None:
    answer = api.send("post", "jobs/", body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not Job.objects.exists()


def test_only_json_is_read_and_answered(api: Api) -> None:
    client = Client(headers={"authorization": f"Bearer {api.secret}"})
    assert client.post("/api/v1/jobs/", NEW).status_code == 415
    assert client.get("/api/v1/jobs/", headers={"accept": "text/html"}).status_code == 406
    assert (
        client.get("/api/v1/jobs/", headers={"accept": "text/html, */*;q=0.8"}).status_code == 200
    )


@pytest.mark.parametrize(
    "path",
    ["/api/v1/", "/api/v1/nothing/", "/api/v1/jobs", "/api/v1/jobs/7/", "/v1/nothing", "/jobs/7"],
)
def test_an_address_that_is_none_is_a_problem_as_well(api: Api, path: str) -> None:
    for answer in (api.get(path), api.post(path)):
        assert answer.status_code == 404
        assert fields_at_fault(answer) == []


def test_a_method_that_is_not_there_names_those_that_are(api: Api) -> None:
    answer = api.send("delete", "jobs/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
