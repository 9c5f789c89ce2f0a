"""DTS-Go's messages as JSON at their own addresses, as its grpc-gateway reads and writes them."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone
from google.protobuf.message import Message
from pydantic import BaseModel

from jobs.api.shapes.compat import dts_go as shapes
from jobs.compat.dts_go.protos import execution_pb2, job_pb2, scheduler_pb2
from jobs.models import Job, Run
from jobs.moments import iso
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run

SAMPLE = {
    "name": "backup",
    "description": "every night",
    "cron_expression": "0 2 * * *",
    "metadata": {"path": "/srv", "target": "s3"},
    "priority": 5,
    "max_retries": 3,
    "timeout": 600,
}


# The same as it is answered.
TOLD = {
    "name": "backup",
    "description": "every night",
    "cronExpression": "0 2 * * *",
    "metadata": {"path": "/srv", "target": "s3"},
    "priority": 5,
    "maxRetries": 3,
    "timeout": 600,
}


def made_id(api: Api, **changes: object) -> str:
    return str(api.post("/v1/jobs", SAMPLE | changes).json()["jobId"])


def test_its_documented_job_runs_the_default_task_with_its_metadata(api: Api) -> None:
    made = api.post("/v1/jobs", SAMPLE)
    assert (made.status_code, made.json().keys()) == (200, {"jobId"})
    job = Job.objects.get(pk=made.json()["jobId"])
    assert (job.task, job.params, job.timeout_seconds) == ("EchoTask", SAMPLE["metadata"], 600)
    body = api.get(f"/v1/jobs/{job.pk}").json()
    assert {name: body[name] for name in TOLD} == TOLD
    assert (body["status"], body["lastRun"]) == ("SCHEDULED", None)
    assert body["nextRun"].endswith("T02:00:00Z")


def test_metadata_names_the_task_and_its_params(api: Api) -> None:
    metadata = {"task": "LogTask", "params": '{"message": "hi"}'}
    made = api.post("/v1/jobs", SAMPLE | {"metadata": metadata}).json()
    job = Job.objects.get(pk=made["jobId"])
    assert (job.task, job.params) == ("LogTask", {"message": "hi"})
    assert api.get(f"/v1/jobs/{job.pk}").json()["metadata"] == metadata


def test_secrets_are_masked_within_the_params_as_well(api: Api) -> None:
    metadata = {"task": "EchoTask", "params": '{"password": "abc", "day": 1}', "api_token": "xyz"}
    made = api.post("/v1/jobs", SAMPLE | {"metadata": metadata}).json()
    shown = Api("viewer").get(f"/v1/jobs/{made['jobId']}").json()["metadata"]
    assert shown == {
        "task": "EchoTask",
        "params": '{"password": "••••••", "day": 1}',
        "api_token": "••••••",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metadata": {"task": "Nothing"}}, "metadata.task"),
        ({"metadata": {"task": "LogTask", "params": "{"}}, "metadata.params"),
        ({"cron_expression": "61 * * * *"}, "cron_expression"),
        ({"cron_expression": ""}, "cron_expression"),
        ({"status": "COMPLETED"}, "status"),
        ({"status": "sleeping"}, "status"),
    ],
)
def test_what_cannot_be_done_names_the_field(
    api: Api, change: dict[str, object], field: str
) -> None:
    answer = api.post("/v1/jobs", SAMPLE | change)
    assert (answer.status_code, fields_at_fault(answer)) == (422, [field])
    assert not Job.objects.exists()


def test_in_an_update_zero_means_unchanged_and_the_status_is_a_verb(api: Api) -> None:
    path = f"/v1/jobs/{made_id(api)}"
    updated = api.send(
        "put", path, {"name": "", "priority": 0, "timeout": 60, "status": "PAUSED"}
    ).json()
    assert (updated["name"], updated["priority"], updated["timeout"], updated["status"]) == (
        "backup",
        5,
        60,
        "PAUSED",
    )
    assert api.send("put", path, {"status": 2}).json()["status"] == "SCHEDULED"
    make_run(Job.objects.get())
    assert api.send("put", path, {"status": "job_status_cancelled"}).json()["status"] == "CANCELLED"
    assert Run.objects.get().state == "cancelled"
    assert api.send("put", path, {"status": "FAILED"}).status_code == 422


@pytest.mark.parametrize(
    ("fields", "run", "status"),
    [
        ({"enabled": False}, {}, "PAUSED"),
        ({}, {"state": "running"}, "RUNNING"),
        ({}, {"state": "queued", "attempt": 1}, "RETRYING"),
        ({}, {"state": "failed"}, "SCHEDULED"),
        ({"schedule": "@manual"}, {}, "PENDING"),
        ({"schedule": "@manual"}, {"state": "queued"}, "SCHEDULED"),
        ({"schedule": "@manual"}, {"state": "succeeded"}, "COMPLETED"),
        ({"schedule": "@manual"}, {"state": "timed_out"}, "FAILED"),
        ({"schedule": "@manual"}, {"state": "cancelled"}, "CANCELLED"),
    ],
)
def test_a_status_is_told_in_one_word_and_found_by_it(
    api: Api, fields: dict[str, object], run: dict[str, object], status: str
) -> None:
    job = make_job(**fields)
    if run:
        make_run(job, **run)
    make_job(name="another", schedule="@manual", enabled=status != "PENDING")
    assert api.get(f"/v1/jobs/{job.pk}").json()["status"] == status
    assert [row["id"] for row in api.get("/v1/jobs", status=status.lower()).json()["jobs"]] == [
        str(job.pk)
    ] or status == "PAUSED"


def test_jobs_are_walked_by_page_size_and_last_id(api: Api) -> None:
    jobs = [str(make_job().pk) for _ in range(3)]
    first = api.get("/v1/jobs", page_size=2).json()
    assert ([row["id"] for row in first["jobs"]], first["total"], first["nextPage"]) == (
        jobs[:2],
        3,
        jobs[1],
    )
    rest = api.get("/v1/jobs", page_size=2, last_id=first["nextPage"]).json()
    assert ([row["id"] for row in rest["jobs"]], rest["nextPage"]) == (jobs[2:], "")
    assert len(api.get("/v1/jobs", status="active").json()["jobs"]) == 3


def test_a_page_without_a_size_holds_250(api: Api) -> None:
    for number in range(251):
        make_job(name=f"job {number}")
    pages = [api.get("/v1/jobs").json(), api.get("/v1/jobs", pageSize=1000).json()]
    assert [(len(page["jobs"]), bool(page["nextPage"])) for page in pages] == [(250, True)] * 2


def test_a_job_is_deleted(api: Api) -> None:
    path = f"/v1/jobs/{make_job().pk}"
    assert api.send("delete", path).json() == {"success": True}
    assert api.get(path).status_code == 404


def test_a_job_is_scheduled_with_resources_listed_and_cancelled(api: Api) -> None:
    wanted = {"job": SAMPLE, "resource_requirements": {"cpu": 2, "memory": 512}}
    made = api.post("/v1/scheduler/jobs", wanted)
    assert made.status_code == 200
    path = f"/v1/scheduler/jobs/{made.json()['scheduleId']}"
    told = api.get(path).json()
    assert told["resourceRequirements"] == {"cpu": 2, "memory": 512, "storage": 0}
    assert told["nextExecutionTime"].endswith("T02:00:00Z")
    assert api.get("/v1/scheduler/jobs").json() == {
        "jobs": [told],
        "nextPageToken": "",
        "totalCount": 1,
    }
    assert api.send("delete", path).json() == {"success": True}
    assert (api.get(path).status_code, api.get(path).json()["code"]) == (404, 5)
    assert api.get("/v1/scheduler/jobs").json()["totalCount"] == 0


def test_scheduling_a_job_that_there_is_resumes_it(api: Api) -> None:
    job = make_job(enabled=False)
    wanted = {"job": {"id": str(job.pk)}, "resource_requirements": {"cpu": 1}}
    assert api.post("/v1/scheduler/jobs", wanted).json() == {"scheduleId": str(job.pk)}
    job.refresh_from_db()
    assert (job.enabled, job.resources) == (True, {"cpu": 1})
    unknown = api.post("/v1/scheduler/jobs", {"job": {"id": str(uuid.uuid4())}})
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "spelt",
    [
        {"cronExpression": "*/7 * * * *", "maxRetries": 4},
        {"cron_expression": "*/7 * * * *", "max_retries": 4},
    ],
)
def test_both_spellings_are_read_and_zero_values_are_written(
    api: Api, spelt: dict[str, object]
) -> None:
    job = Job.objects.get(pk=api.post("/v1/jobs", {"name": "seven"} | spelt).json()["jobId"])
    assert (job.schedule, job.max_retries) == ("*/7 * * * *", 4)
    body = api.get(f"/v1/jobs/{job.pk}").json()
    assert (
        body | {"description": "", "priority": 0, "timeout": 0, "metadata": {}, "lastRun": None}
        == body
    )


@pytest.mark.parametrize(
    ("body", "field", "hint"),
    [
        ({"cronExpresion": "* * * * *"}, "cronExpresion", "did you mean cronExpression?"),
        ({"cron": "* * * * *"}, "cron", ""),
        ({"cronExpression": "@daily", "cron_expression": "@hourly"}, "cron_expression", ""),
        ({"maxRetries": "many"}, "maxRetries", ""),
        ({"metadata": {"n": 1}}, "metadata", ""),
        ({"name": 5}, "name", ""),
    ],
)
def test_what_is_no_message_is_refused_by_name(
    api: Api, body: dict[str, object], field: str, hint: str
) -> None:
    answer = api.post("/v1/jobs", body)
    assert (answer.status_code, fields_at_fault(answer)) == (400, [field])
    assert answer.json()["errors"][0]["hint"] == hint
    assert not Job.objects.exists()


def test_what_is_no_message_within_a_message_is_refused_by_its_path(api: Api) -> None:
    answer = api.post(
        "/v1/scheduler/jobs", {"job": SAMPLE | {"shedule": "x"}, "resourceRequirements": {"gpu": 1}}
    )
    assert (answer.status_code, fields_at_fault(answer)) == (
        400,
        ["job.shedule", "resourceRequirements.gpu"],
    )


def test_an_error_holds_what_the_gateways_errors_do(api: Api) -> None:
    problem = api.get(f"/v1/jobs/{uuid.uuid4()}").json()
    assert (problem["code"], problem["message"], problem["details"]) == (5, problem["detail"], [])
    assert api.post("/v1/jobs", {"cronExpression": "61 * * * *"}).json()["code"] == 3


def test_a_job_that_was_read_is_written_back_with_a_word_about_what_is_not_the_callers_to_set(
    api: Api,
) -> None:
    path = f"/v1/jobs/{made_id(api)}"
    told = api.get(path).json()
    answer = api.send("put", path, told | {"description": "changed", "status": "UNSPECIFIED"})
    assert answer.json() == told | {
        "description": "changed",
        "updatedAt": answer.json()["updatedAt"],
    }
    for name in ("createdAt", "nextRun", "updatedAt"):
        assert f"{name} is not for the caller to set" in answer["Warning"]


@pytest.mark.parametrize(("asked", "shown"), [(2, 2), (0, 3), (10_000, 3)])
def test_a_page_size_is_as_the_gateway_reads_it(api: Api, asked: int, shown: int) -> None:
    for _ in range(3):
        make_job()
    assert len(api.get("/v1/jobs", pageSize=asked).json()["jobs"]) == shown
    assert fields_at_fault(api.get("/v1/jobs", pageSize=-1)) == ["page_size"]
    assert fields_at_fault(api.get("/v1/jobs", pagesize=2)) == ["pagesize"]


def test_executions_are_listed_and_read(api: Api) -> None:
    run = make_run(state="failed", error="ValueError: no such file")
    make_run(state="skipped")
    listed = api.get("/v1/executions", status="FAILED", jobId=str(run.job_id)).json()
    assert (listed["total"], listed["nextPage"]) == (1, "")
    [told] = listed["executions"]
    assert (told["id"], told["jobId"], told["status"]) == (str(run.pk), str(run.job_id), "FAILED")
    assert told["error"] == "ValueError: no such file"
    assert api.get(f"/v1/executions/{run.pk}").json() == told
    assert api.get(f"/v1/executions/{uuid.uuid4()}").status_code == 404


def test_the_last_run_is_the_newest_that_has_started(api: Api) -> None:
    job, start = make_job(), timezone.now().replace(microsecond=0)
    make_run(job, state="succeeded", started_at=start)
    make_run(job)
    make_run(job, state="skipped")
    assert api.get(f"/v1/jobs/{job.pk}").json()["lastRun"] == iso(start)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (shapes.DtsGoAnswer, job_pb2.JobResponse),
        (shapes.DtsGoPage, job_pb2.ListJobsResponse),
        (shapes.DtsGoCreated, job_pb2.CreateJobResponse),
        (shapes.DtsGoQuery, job_pb2.ListJobsRequest),
        (shapes.DtsGoJob, job_pb2.CreateJobRequest),
        (shapes.DtsGoScheduled, scheduler_pb2.GetScheduledJobResponse),
        (shapes.DtsGoScheduledPage, scheduler_pb2.ListScheduledJobsResponse),
        (shapes.DtsGoSchedule, scheduler_pb2.ScheduleJobRequest),
        (shapes.DtsGoExecution, execution_pb2.ExecutionResponse),
        (shapes.DtsGoExecutionPage, execution_pb2.ListExecutionsResponse),
        (shapes.DtsGoExecutionsQuery, execution_pb2.ListExecutionsRequest),
    ],
)
def test_the_document_has_the_fields_of_the_messages(
    shape: type[BaseModel], message: type[Message]
) -> None:
    told = {field.alias for field in shape.model_fields.values()}
    assert told == {field.json_name for field in message.DESCRIPTOR.fields}
