"""Celery's stored results."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_celery_results.models import TaskResult

from jobs.redaction.keys import MASK
from tests.support.builders import make_run

SECRET = "corr3ct-h0rse"
LIST = "/admin/django_celery_results/taskresult/"


@pytest.fixture
def result() -> TaskResult:
    run = make_run()
    return TaskResult.objects.create(
        task_id=f"{run.pk}.1", task_name="EchoTask", periodic_task_name="nightly", status="FAILURE",
        content_type="application/json", content_encoding="utf-8",
        traceback="ValueError: <b>no</b>",
        meta=json.dumps({"run": str(run.pk), "attempt": 1}),
    )  # fmt: skip


def test_the_list_never_counts(boss: Client, result: TaskResult) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert "nightly" in boss.get(LIST).content.decode()
    assert not [
        query for query in queries if "COUNT(" in query["sql"] and "taskresult" in query["sql"]
    ]


def test_a_result_links_to_its_run_and_escapes_its_traceback(
    boss: Client, result: TaskResult
) -> None:
    html = boss.get(f"{LIST}{result.pk}/change/").content.decode()
    assert f"/admin/beatwright/run/{result.task_id.split('.')[0]}/" in html
    assert "&lt;b&gt;no" in html


@pytest.mark.parametrize(
    "meta", ['{"run": "nightly", "attempt": 1}', '{"run": 7}', "[]", "no JSON"]
)
def test_a_plain_tasks_result_belongs_to_no_run_whatever_its_meta_says(
    boss: Client, result: TaskResult, meta: str
) -> None:
    TaskResult.objects.update(meta=meta)
    response = boss.get(f"{LIST}{result.pk}/change/")
    assert (response.status_code, "/admin/beatwright/run/0" in response.content.decode()) == (
        200,
        False,
    )


def test_results_are_found_by_id_and_by_status(boss: Client, result: TaskResult) -> None:
    for query, expected in (
        ("q=" + result.task_id[:8], 1),
        ("q=zzz", 0),
        ("status=FAILURE", 1),
        ("status=SUCCESS", 0),
    ):
        assert len(boss.get(f"{LIST}?{query}").context["cl"].result_list) == expected


def test_results_are_for_reading(boss: Client, result: TaskResult) -> None:
    assert boss.get(f"{LIST}add/").status_code == 403
    assert boss.post(f"{LIST}{result.pk}/delete/", {"post": "yes"}).status_code == 403
    assert boss.post(f"{LIST}{result.pk}/change/", {"status": "SUCCESS"}).status_code == 403


@pytest.mark.parametrize(
    "given",
    [
        json.dumps(repr({"db": {"credentials": [SECRET]}})),
        json.dumps("{'db': {...}, 'password': 'corr3..."),  # as Celery cuts it
        json.dumps("<too long to be kept>"),
        json.dumps("{'at': datetime.date(2026, 1, 31)}"),
    ],
)
def test_what_is_left_of_a_plain_task_is_shown_without_what_it_was_given(
    boss: Client, given: str
) -> None:
    """Where that cannot be read any more, nothing says what among it is a secret, and nothing is
    shown.
    """
    row = TaskResult.objects.create(
        task_id="plain", task_name="EchoTask", status="FAILURE", content_type="application/json",
        content_encoding="utf-8", traceback=f"ValueError: 401 for {SECRET}", task_args='"()"',
        task_kwargs=given,
        result=json.dumps({"exc_type": "ValueError", "exc_message": [f"401 for {SECRET}"]}),
    )  # fmt: skip
    html = boss.get(f"{LIST}{row.pk}/change/").content.decode()
    assert SECRET not in html
    assert html.count(MASK) >= 3
