"""distributed-job-scheduler's jobs at their own address."""

from __future__ import annotations

from django.utils import timezone

from jobs.models import Job, Run
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_run
from tests.support.redis import RedisServer

# As it is documented there.
SAMPLE = {
    "type": "email_notification",
    "schedule": "*/10 * * * *",
    "payload": {"recipient": "user@example.com", "message": "Hello, World!"},
}


def test_its_documented_job_is_created_and_read(api: Api) -> None:
    made = api.post("/jobs", SAMPLE)
    body = made.json()
    assert (made.status_code, body["name"], body["status"]) == (
        201,
        "email_notification",
        "scheduled",
    )
    assert {name: body[name] for name in SAMPLE} == SAMPLE
    assert api.get(f"/jobs/{body['id']}").json() == body
    job = Job.objects.get()
    assert (job.task, job.params, job.schedule) == (
        "email_notification",
        SAMPLE["payload"],
        SAMPLE["schedule"],
    )


def test_a_name_that_is_taken_is_numbered(api: Api) -> None:
    assert [api.post("/jobs", SAMPLE).json()["name"] for _ in range(3)] == [
        "email_notification",
        "email_notification (2)",
        "email_notification (3)",
    ]
    assert api.post("/jobs", SAMPLE | {"name": "x" * 200}).json()["name"] == "x" * 200
    assert api.post("/jobs", SAMPLE | {"name": "x" * 200}).json()["name"] == "x" * 192 + " (2)"


def test_a_job_without_a_schedule_runs_once_now(api: Api, broker: RedisServer) -> None:
    body = api.post("/jobs", {"type": "EchoTask", "payload": {"n": 1}}).json()
    assert [(str(run.job_id), run.params) for run in Run.objects.all()] == [(body["id"], {"n": 1})]


def test_a_date_time_is_a_job_that_runs_once_then(api: Api) -> None:
    moment = f"{timezone.now().year + 1}-12-24T18:45:00Z"
    body = api.post("/jobs", SAMPLE | {"schedule": moment}).json()
    assert (body["status"], body["next_run_at"]) == ("scheduled", moment)
    assert not Run.objects.exists()


def test_a_job_is_patched_and_its_status_is_a_verb(api: Api) -> None:
    made = api.post("/jobs", SAMPLE).json()
    path = f"/jobs/{made['id']}"
    patched = api.send(
        "patch", path, {"schedule": "@hourly", "max_retries": 2, "status": "paused"}
    ).json()
    assert (patched["schedule"], patched["max_retries"], patched["status"]) == (
        "@hourly",
        2,
        "paused",
    )
    assert api.send("patch", path, {"status": "active"}).json()["status"] == "scheduled"
    make_run(Job.objects.get())
    assert api.send("patch", path, {"status": "cancelled"}).json()["status"] == "cancelled"
    assert Run.objects.filter(state="cancelled").count() == 1


def test_jobs_are_listed_by_type_and_status_and_walked(api: Api) -> None:
    jobs = [
        make_job(name="b"),
        make_job(name="a", enabled=False),
        make_job(name="c", task="LogTask", params={"message": "x"}),
    ]
    first = api.get("/jobs", limit=2).json()
    assert [row["name"] for row in first["jobs"]] == ["b", "a"]
    rest = api.get("/jobs", limit=2, last_id=first["next"]).json()
    assert ([row["id"] for row in rest["jobs"]], rest["next"]) == ([str(jobs[2].pk)], None)
    assert [row["name"] for row in api.get("/jobs", type="LogTask").json()["jobs"]] == ["c"]
    assert [row["name"] for row in api.get("/jobs", status="paused").json()["jobs"]] == ["a"]
    assert [row["name"] for row in api.get("/jobs", status="active").json()["jobs"]] == ["b", "c"]


def test_a_job_is_deleted(api: Api) -> None:
    path = f"/jobs/{make_job().pk}"
    assert api.send("delete", path).status_code == 204
    assert api.get(path).status_code == 404


def test_a_type_that_no_task_has_lists_what_there_is(api: Api) -> None:
    answer = api.post("/jobs", SAMPLE | {"type": "email_notifcation"})
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["type"])
    assert "did you mean 'email_notification'" in answer.json()["errors"][0]["hint"]


def test_a_name_that_is_not_known_is_refused_with_the_one_that_was_meant(api: Api) -> None:
    answer = api.post("/jobs", SAMPLE | {"shedule": "@daily"})
    assert (answer.status_code, answer.json()["errors"][0]["hint"]) == (
        400,
        "did you mean schedule?",
    )
    assert api.post("/jobs", SAMPLE | {"run_at": "2026-12-24T15:00:00Z"}).status_code == 400
    assert not Job.objects.exists()
