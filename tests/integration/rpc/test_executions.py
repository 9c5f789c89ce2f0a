"""execution.v1.ExecutionService: our runs in DTS-Go's words."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_celery_results.models import TaskResult
from pytest_django.fixtures import DjangoAssertNumQueries

from jobs.access.actor import SYSTEM
from jobs.compat.dts_go.executions import STATES, executions_page, responses
from jobs.models import RunState
from tests.support.builders import make_job, make_run
from tests.support.dts_go import Client

STATUSES: list[tuple[dict[str, Any], str]] = [
    ({"state": "blocked"}, "PENDING"),
    ({"state": "queued"}, "PENDING"),
    ({"state": "queued", "attempt": 1}, "RETRYING"),
    ({"state": "running"}, "RUNNING"),
    ({"state": "succeeded"}, "COMPLETED"),
    ({"state": "failed"}, "FAILED"),
    ({"state": "timed_out"}, "FAILED"),
    ({"state": "cancelled"}, "CANCELLED"),
    ({"state": "skipped"}, "SKIPPED"),
]


def ids(answer: Any) -> list[str]:
    return [execution.id for execution in answer.executions]


def test_an_execution_has_its_times_and_its_result(client: Client) -> None:
    start = timezone.now().replace(microsecond=0)
    run = make_run(
        state="succeeded",
        started_at=start,
        finished_at=start + timedelta(seconds=5),
        publish_count=2,
    )
    TaskResult.objects.create(task_id=run.message_id, status="SUCCESS", result='{"rows": 3}')
    told = client.call("ExecutionService.GetExecution", id=str(run.pk))
    assert (told.id, told.job_id, told.status) == (str(run.pk), str(run.job_id), "COMPLETED")
    assert (told.end_time.seconds - told.start_time.seconds, told.start_time.seconds) == (
        5,
        int(start.timestamp()),
    )
    assert (told.result, told.error) == ('{"rows": 3}', "")


def test_an_execution_that_failed_or_was_skipped_says_why(client: Client) -> None:
    failed = make_run(state="failed", error="ValueError: no such file")
    skipped = make_run(state="skipped", reason="paused by ana")
    assert (
        client.call("ExecutionService.GetExecution", id=str(failed.pk)).error
        == "ValueError: no such file"
    )
    told = client.call("ExecutionService.GetExecution", id=str(skipped.pk))
    assert (told.error, told.HasField("start_time")) == ("paused by ana", False)


@pytest.mark.parametrize(("fields", "status"), STATUSES)
def test_a_state_is_told_in_one_word_and_found_by_it(
    client: Client, fields: dict[str, Any], status: str
) -> None:
    for each, word in STATUSES:
        if word != status:
            make_run(**each)
    run = make_run(**fields)
    assert client.call("ExecutionService.GetExecution", id=str(run.pk)).status == status
    page = client.call("ExecutionService.ListExecutions", status=status.lower())
    assert (ids(page), page.total, page.next_page) == ([str(run.pk)], 1, "")


def test_every_state_has_its_word() -> None:
    assert {state for states in STATES.values() for state in states} == set(RunState)


@pytest.mark.parametrize("status", ["", "failed"])
@pytest.mark.parametrize("one_job", [True, False])
def test_executions_are_walked_the_newest_first(client: Client, status: str, one_job: bool) -> None:
    job = make_job()
    runs = [
        str(make_run(job, state=("failed", "timed_out")[number % 3 > 0]).pk) for number in range(9)
    ][::-1]
    make_run(state="succeeded") if one_job or status else None
    wanted = {"status": status, "job_id": str(job.pk) if one_job else ""}
    found, last = [], ""
    for _ in range(20):
        page = client.call("ExecutionService.ListExecutions", page_size=2, last_id=last, **wanted)
        assert page.total == 9
        found += ids(page)
        last = page.next_page
        if not last:
            break
    assert found == runs


def test_a_page_costs_three_queries_however_long_it_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    job = make_job()
    for _ in range(30):
        make_run(job, state="succeeded")
    with django_assert_max_num_queries(3):
        page = executions_page(
            actor=SYSTEM, status="COMPLETED", job_id=job.pk, after=None, limit=20
        )
        assert len(responses(page.rows)) == 20


@pytest.mark.parametrize("unknown", [str(uuid.UUID(int=7)), "7"])
def test_an_id_that_nothing_has_is_not_found(client: Client, unknown: str) -> None:
    assert client.refusal("ExecutionService.GetExecution", id=unknown)[0] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"page_size": -1}, "page_size: must not be negative"),
        ({"last_id": "soon"}, "last_id: 'soon' is not an id"),
        ({"status": "asleep"}, "status: must be one of PENDING"),
        ({"status": "paused"}, "status: must be one of PENDING"),
    ],
)
def test_a_list_that_cannot_be_made_names_the_field(
    client: Client, fields: dict[str, Any], text: str
) -> None:
    code, details = client.refusal("ExecutionService.ListExecutions", **fields)
    assert (code, details[: len(text)]) == ("INVALID_ARGUMENT", text)


def test_an_execution_without_an_id_is_an_invalid_argument(client: Client) -> None:
    assert client.refusal("ExecutionService.GetExecution") == (
        "INVALID_ARGUMENT",
        "id: is required",
    )
