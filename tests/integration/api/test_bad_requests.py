"""What no request may hold is refused by name, and never passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from jobs.models import Job
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run

NEW = '"name": "nightly", "task": "EchoTask", "schedule": "@daily"'


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (r'"owner": "half \ud800"', "owner"),
        (r'"params": {"to": [{"name": "\udc00"}]}', "params.to[0].name"),
        (r'"params": {"\ud800": 1}', "params"),
        ('"params": {"n": 1e400}', "params.n"),
        ('"params": {"n": ' + "9" * 5000 + "}", "params.n"),
        ('"priority": ' + "9" * 5000, "priority"),
        ('"owner": "ana", "owner": "ben"', "owner"),
        ('"params": {"a": 1, "a": 2}', "a"),
        ('"tags": ' + "[" * 150 + "]" * 150, "tags" + "[0]" * 65),
    ],
)
def test_a_value_that_cannot_be_one_is_told_by_its_field(api: Api, more: str, field: str) -> None:
    answer = api.post("jobs/", f"{{{NEW}, {more}}}")
    assert (answer.status_code, [name[:199] for name in fields_at_fault(answer)]) == (400, [field])
    assert not Job.objects.exists()


def test_a_long_number_that_can_be_stored_is(api: Api) -> None:
    assert api.post("jobs/", f'{{{NEW}, "params": {{"n": {"9" * 1000}}}}}').status_code == 201


def test_a_body_where_none_belongs_is_not_passed_over(api: Api) -> None:
    job, run = make_job(enabled=False), make_run()
    for path in (f"jobs/{job.pk}/resume/", f"runs/{run.pk}/cancel/", "queues/default/resume/"):
        answer = api.post(path, {"reason": "I thought so"})
        assert (answer.status_code, fields_at_fault(answer)) == (400, ["reason"])
        assert api.post(path, "{broken").status_code == 400
    job.refresh_from_db()
    run.refresh_from_db()
    assert (job.enabled, run.state) == (False, "queued")


def test_a_body_in_chunks_is_refused_and_not_taken_for_none(api: Api) -> None:
    job = make_job()
    client = Client(
        headers={"authorization": f"Bearer {api.secret}", "transfer-encoding": "chunked"}
    )
    answer = client.generic("POST", f"/api/v1/jobs/{job.pk}/run/", content_type="application/json")
    assert (answer.status_code, fields_at_fault(answer)) == (411, [])
    assert "Content-Length" in answer.json()["detail"]
    assert not job.runs.exists()


@pytest.mark.parametrize("query", ["search=%FF", "name=%ED%A0%80", "cursor=%C3"])
def test_a_query_that_is_not_utf_8_is_refused(api: Api, query: str) -> None:
    answer = api.get(f"jobs/?{query}")
    assert (answer.status_code, fields_at_fault(answer)) == (422, [query.partition("=")[0]])


def test_an_upload_without_a_file_names_the_field(api: Api) -> None:
    assert fields_at_fault(api.upload("import/")) == ["file"]


@pytest.mark.parametrize("path", ["/jobs", "/v1/jobs", "tasks"])
def test_the_older_systems_addresses_are_no_laxer(api: Api, path: str) -> None:
    body: dict[str, Any] = {
        "type": "EchoTask",
        "name": "x",
        "payload": {"a": "\ud800"},
        "metadata": {"a": "\ud800"},
    }
    answer = api.post(path, json.dumps(body))
    assert answer.status_code == 400
    assert fields_at_fault(answer)[0] in {"payload.a", "metadata.a"}
