"""The older systems' own requests, byte for byte and without a token, to a site that ``bin/up`` has
started.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.dts_go import Client
from tests.support.eventually import eventually
from tests.support.samples import request_of
from tests.support.up import Up

pytestmark = pytest.mark.timeout(480)


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with Up() as started:
        started.start()
        yield started


@pytest.fixture
def program(up: Up) -> Iterator[httpx.Client]:
    """A program on this machine: no token, no session."""
    with up.browser() as client:
        yield client


def sent(program: httpx.Client, name: str) -> httpx.Response:
    request = request_of(name)
    return program.request(
        request.method, request.path, headers=request.headers, content=request.body
    )


def test_distributed_job_schedulers_documented_job_is_made_and_runs(
    program: httpx.Client, up: Up
) -> None:
    answer = sent(program, "distributed_job_scheduler/create_job")
    assert answer.status_code == 201, answer.text
    job = answer.json()
    body = json.loads(request_of("distributed_job_scheduler/create_job").body)
    assert {name: job[name] for name in body} == body
    assert program.get(f"/jobs/{job['id']}").json() == job
    once = program.post("/jobs", json={key: body[key] for key in ("type", "payload")}).json()
    eventually(
        lambda: program.get(f"/jobs/{once['id']}").json()["status"] == "completed", seconds=60
    )
    assert (
        program.patch(f"/jobs/{job['id']}", json={"status": "paused"}).json()["status"] == "paused"
    )
    assert program.delete(f"/jobs/{job['id']}").status_code == 204


def test_a_comment_in_a_body_is_refused_with_its_line(program: httpx.Client) -> None:
    """As the document prints it; a JSON reader anywhere refuses it."""
    answer = sent(program, "distributed_job_scheduler/create_job_as_printed")
    assert (answer.status_code, "line 3" in answer.json()["detail"]) == (400, True)


def test_dts_gos_gateway_answers_its_documented_requests(program: httpx.Client) -> None:
    answer = sent(program, "dts_go/create_job")
    assert (answer.status_code, answer.json().keys()) == (200, {"jobId"})
    told = program.get(f"/v1/jobs/{answer.json()['jobId']}").json()
    assert (told["name"], told["cronExpression"], told["metadata"]) == (
        "My Job",
        "*/5 * * * *",
        {"key": "value"},
    )
    assert (told["status"], told["lastRun"], told["maxRetries"]) == ("SCHEDULED", None, 0)
    by_gateway = sent(program, "dts_go/create_job_by_the_gateway").json()["jobId"]
    told = program.get(f"/v1/jobs/{by_gateway}").json()
    assert (told["cronExpression"], told["maxRetries"], told["name"]) == (
        "*/7 * * * *",
        4,
        "My Job (2)",
    )
    assert told["nextRun"]
    assert program.get("/v1/jobs", params={"pageSize": 1}).json()["jobs"][0]["id"]


def test_dts_gos_broken_sample_is_refused_by_its_field(program: httpx.Client) -> None:
    """Its document prints a cron text that lost its asterisks; there it is InvalidArgument too."""
    answer = sent(program, "dts_go/create_job_as_printed")
    assert answer.json()["code"] == 3
    assert [error["field"] for error in answer.json()["errors"]] == ["cron_expression"]


def test_dts_gos_client_and_its_gateway_see_the_same(program: httpx.Client, up: Up) -> None:
    with Client(up.grpc_port) as client:
        made = client.call(
            "JobService.CreateJob", name="every second", cron_expression="* * * * * *"
        )
        path = f"/v1/jobs/{made.job_id}"
        eventually(lambda: program.get(path).json()["lastRun"], seconds=60)
        assert (
            client.call("JobService.GetJob", id=made.job_id).name
            == program.get(path).json()["name"]
        )
        wanted = {"jobId": made.job_id, "status": "COMPLETED"}
        page = eventually(
            lambda: (
                (rows := program.get("/v1/executions", params=wanted).json()["executions"]) and rows
            ),
            seconds=60,
        )
        same = client.call("ExecutionService.GetExecution", id=page[0]["id"])
        assert (same.status, same.result) == (page[0]["status"], page[0]["result"])
        assert program.delete(f"/v1/scheduler/jobs/{made.job_id}").json() == {"success": True}


def test_godispatchs_documented_task_runs_and_is_told(program: httpx.Client) -> None:
    answer = sent(program, "godispatch/create_task")
    task: dict[str, Any] = answer.json()
    assert (answer.status_code, {"id", "message"} <= task.keys()) == (201, True)
    assert task["warning"] == "start_time is in the past: the task runs once, now"
    path = f"/api/v1/tasks/{task['id']}"
    eventually(lambda: program.get(path).json()["status"] == "completed", seconds=60)
    assert program.get(f"{path}/result").json()["result"]["to"] == ["user@example.com"]
    [execution] = program.get(f"{path}/history").json()["history"]
    assert (execution["status"], execution["task_id"]) == ("completed", task["id"])
    assert program.delete(path).status_code == 409
    assert program.get(path).json()["status"] == "completed"


def test_godispatchs_cron_task_runs_by_its_own_zone(program: httpx.Client) -> None:
    task = sent(program, "godispatch/create_cron_task").json()
    assert task["schedule"]["time_zone"] == "America/New_York"
    assert task["next_run_at"][11:16] in {"06:30", "07:30"}  # in summer, in winter
    assert program.delete(f"/api/v1/tasks/{task['id']}").json()["message"]
    listed = program.get(
        "/api/v1/tasks", params={"status": "cancelled", "limit": 5, "order": "desc"}
    ).json()
    assert task["id"] in [each["id"] for each in listed["tasks"]]


def test_godispatchs_dashboard_finds_the_system(program: httpx.Client) -> None:
    assert program.get("/api/v1/health").json() == {"status": "ok"}
    assert program.get("/api/v1/system/workers").json()["total"] == 1
    assert program.get("/api/v1/system/metrics").json()["workers"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "10.0.0.1"},
        {"Content-Type": "text/plain"},
        {"Authorization": "Bearer bw_wrong"},
        {"Authorization": "Basic YTpi"},
    ],
    ids=str,
)
def test_what_may_be_anybody_needs_a_token_all_the_same(
    program: httpx.Client, headers: dict[str, str]
) -> None:
    request = request_of("distributed_job_scheduler/create_job")
    answer = program.post(request.path, content=request.body, headers=request.headers | headers)
    assert answer.status_code == 401


def test_the_apis_own_addresses_stay_closed(program: httpx.Client) -> None:
    assert program.get("/api/v1/jobs/").status_code == 401


def test_it_can_be_closed() -> None:
    with Up(COMPAT_OPEN_ON_LOOPBACK="false") as closed:
        closed.start()
        with closed.browser() as program:
            assert sent(program, "godispatch/create_task").status_code == 401
