"""DTS-Go's messages as JSON, at their own addresses."""

from __future__ import annotations

import uuid

import pytest

from jobs.models import Job, Run
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


def test_its_documented_job_runs_the_default_task_with_its_metadata(api: Api) -> None:
    made = api.post("/v1/jobs", SAMPLE)
    assert (made.status_code, made.json().keys()) == (201, {"job_id"})
    job = Job.objects.get(pk=made.json()["job_id"])
    assert (job.task, job.params, job.timeout_seconds) == ("EchoTask", SAMPLE["metadata"], 600)
    body = api.get(f"/v1/jobs/{job.pk}").json()
    assert {name: body[name] for name in SAMPLE} == SAMPLE
    assert (body["status"], body["last_run"]) == ("SCHEDULED", None)
    assert body["next_run"].endswith("T02:00:00Z")


def test_metadata_names_the_task_and_its_params(api: Api) -> None:
    metadata = {"task": "LogTask", "params": '{"message": "hi"}'}
    made = api.post("/v1/jobs", SAMPLE | {"metadata": metadata}).json()
    job = Job.objects.get(pk=made["job_id"])
    assert (job.task, job.params) == ("LogTask", {"message": "hi"})
    assert api.get(f"/v1/jobs/{job.pk}").json()["metadata"] == metadata


def test_secrets_are_masked_within_the_params_as_well(api: Api) -> None:
    metadata = {"task": "EchoTask", "params": '{"password": "abc", "day": 1}', "api_token": "xyz"}
    made = api.post("/v1/jobs", SAMPLE | {"metadata": metadata}).json()
    shown = Api("viewer").get(f"/v1/jobs/{made['job_id']}").json()["metadata"]
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
    path = f"/v1/jobs/{api.post('/v1/jobs', SAMPLE).json()['job_id']}"
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
    assert ([row["id"] for row in first["jobs"]], first["total"], first["next_page"]) == (
        jobs[:2],
        3,
        jobs[1],
    )
    rest = api.get("/v1/jobs", page_size=2, last_id=first["next_page"]).json()
    assert ([row["id"] for row in rest["jobs"]], rest["next_page"]) == (jobs[2:], "")
    assert len(api.get("/v1/jobs", status="active").json()["jobs"]) == 3


def test_a_job_is_deleted(api: Api) -> None:
    path = f"/v1/jobs/{make_job().pk}"
    assert api.send("delete", path).json() == {"success": True}
    assert api.get(path).status_code == 404


def test_a_job_is_scheduled_with_resources_listed_and_cancelled(api: Api) -> None:
    wanted = {"job": SAMPLE, "resource_requirements": {"cpu": 2, "memory": 512}}
    made = api.post("/v1/scheduler/jobs", wanted)
    assert made.status_code == 201
    path = f"/v1/scheduler/jobs/{made.json()['schedule_id']}"
    told = api.get(path).json()
    assert told["resource_requirements"] == {"cpu": 2, "memory": 512, "storage": 0}
    assert told["next_execution_time"].endswith("T02:00:00Z")
    assert api.get("/v1/scheduler/jobs").json() == {
        "jobs": [told],
        "next_page_token": "",
        "total_count": 1,
    }
    assert api.send("delete", path).json() == {"success": True}
    assert api.get(path).json()["next_execution_time"] == ""
    assert api.get("/v1/scheduler/jobs").json()["total_count"] == 0


def test_scheduling_a_job_that_there_is_resumes_it(api: Api) -> None:
    job = make_job(enabled=False)
    wanted = {"job": {"id": str(job.pk)}, "resource_requirements": {"cpu": 1}}
    assert api.post("/v1/scheduler/jobs", wanted).json() == {"schedule_id": str(job.pk)}
    job.refresh_from_db()
    assert (job.enabled, job.resources) == (True, {"cpu": 1})
    unknown = api.post("/v1/scheduler/jobs", {"job": {"id": str(uuid.uuid4())}})
    assert unknown.status_code == 404
