"""The OpenAPI document, and the page made from it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from pydantic import BaseModel

from jobs.actions.bulk import begin_bulk
from jobs.actions.runs.backfills import backfill_job
from jobs.api.shapes.backfills import BackfillAnswer
from jobs.api.shapes.bulk import BulkAnswer
from jobs.api.shapes.jobs import JobAnswer
from jobs.api.shapes.runs import RunAnswer
from jobs.queries.backfills import backfill_fields, with_progress
from jobs.queries.bulk import bulk_fields
from jobs.queries.fields import job_fields, run_fields
from tests.support.api import Api
from tests.support.builders import by, make_job, make_run


def test_the_document_is_openapi_3_1_and_made_without_a_warning(
    api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    document = api.get("schema/").json()
    assert document["openapi"].startswith("3.1")
    assert capsys.readouterr().err == ""
    assert {"/api/v1/jobs/", "/jobs", "/v1/scheduler/jobs", "/api/v1/tasks"} <= document[
        "paths"
    ].keys()


def test_every_operation_says_what_it_does_and_may_answer_a_problem() -> None:
    document = SchemaGenerator().get_schema(request=None, public=True)
    operations = [
        operation for methods in document["paths"].values() for operation in methods.values()
    ]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"], operation["operationId"]
        assert operation["description"], operation["operationId"]
        assert operation["security"] == [{"token": []}, {"session": []}]
        assert "application/problem+json" in operation["responses"]["422"]["content"]


def test_answers_have_the_fields_that_are_documented() -> None:
    job = make_job(schedule="0 * * * *")
    moment = timezone.now().replace(minute=30)
    start, end = moment - timedelta(days=1), moment - timedelta(hours=2)
    backfill = backfill_job(job, actor=by("ana"), now=timezone.now(), start=start, end=end)
    documented: list[tuple[type[BaseModel], dict[str, Any], set[str]]] = [
        (JobAnswer, job_fields(job), set()),
        (RunAnswer, run_fields(make_run(job)), {"note"}),
        (BulkAnswer, bulk_fields(begin_bulk("pause", {}, {}, actor=by("ana"), now=moment)), set()),
        (BackfillAnswer, backfill_fields(*with_progress([backfill])), set()),
    ]
    for shape, fields, at_times in documented:
        assert shape.model_fields.keys() == fields.keys() | at_times
        shape.model_validate(fields)


def test_the_page_lists_every_operation_with_a_curl() -> None:
    client = Client()
    assert client.get("/api/v1/docs/").status_code == 302
    client.force_login(User.objects.create_superuser("boss"))
    page = client.get("/api/v1/docs/").content.decode()
    operations = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert page.count("<details") >= sum(len(methods) for methods in operations.values())
    assert "curl -X POST &#x27;http://testserver/api/v1/jobs/&#x27;" in page
    assert "<script>" not in page
