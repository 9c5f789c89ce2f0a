"""Tasks, queues, workers, figures, schedules, imports over HTTP."""

from __future__ import annotations

import io
import json

from jobs.models import Job
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_job, make_leader, make_run, make_worker
from tests.support.processes import BASE_DIR

FILE = {
    "jobs": [
        {
            "jobName": "logger",
            "taskName": "LogTask",
            "taskParams": {"message": "hello"},
            "cronTime": "*/5 * * * *",
        }
    ]
}


def test_the_registry_has_each_tasks_schema(api: Api) -> None:
    tasks = {task["name"]: task for task in api.get("registry/").json()["results"]}
    assert tasks["LogTask"]["schema"]["required"] == ["message"]
    assert api.get("registry/LogTask/").json() == tasks["LogTask"]
    assert api.get("registry/NoTask/").status_code == 404


def test_a_schedule_is_previewed(api: Api) -> None:
    wanted = {
        "schedule": "30 2 * * *",
        "timezone": "Europe/Berlin",
        "after": "2027-03-27T12:00:00Z",
        "count": "2",
    }
    body = api.get("schedules/preview/", **wanted).json()
    assert body["occurrences"] == ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]
    assert body["description"]
    assert body["notes"]


def test_a_schedule_that_cannot_be_read_names_the_field(api: Api) -> None:
    answer = api.get("schedules/preview/", schedule="61 * * * *")
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["schedule"])
    answer = api.get("schedules/preview/", schedule="@daily", timezone="Mars/Base")
    assert (answer.status_code, fields_at_fault(answer)) == (422, ["timezone"])


def test_a_queue_is_paused_and_resumed(api: Api) -> None:
    make_run(make_job(queue="slow"))
    paused = api.post("queues/slow/pause/", {"reason": "db move"}).json()
    assert (paused["paused_by"], paused["paused_reason"], paused["waiting"]) == (
        api.name,
        "db move",
        1,
    )
    assert {
        queue["name"]: queue["paused_by"] for queue in api.get("queues/").json()["results"]
    } == {
        "default": "",
        "slow": api.name,
    }
    assert api.post("queues/slow/resume/").json()["paused_at"] is None
    assert api.post("queues/slow/resume/").status_code == 422
    assert api.post("queues/nobodys/pause/").status_code == 422


def test_workers_and_figures_are_told(api: Api) -> None:
    make_worker("default", busy=1)
    make_leader()
    make_run(state="running")
    make_run()
    assert [worker["queues"] for worker in api.get("workers/").json()["results"]] == [["default"]]
    figures = api.get("stats/").json()
    assert (figures["running"], figures["queued"], figures["free_slots"]) == (1, 1, 3)
    assert (figures["scheduler_silent_seconds"], figures["scheduler_has_run"]) == (None, True)


def test_a_file_is_imported_as_the_body(api: Api) -> None:
    looked = api.post("import/?dry_run=true", FILE)
    assert (looked.status_code, looked.json()["new"], looked.json()["applied"]) == (200, 1, False)
    assert not Job.objects.exists()
    done = api.post("import/?source=shop.json", FILE).json()
    assert (done["applied"], done["new"], [change["job"] for change in done["changes"]]) == (
        True,
        1,
        ["logger"],
    )
    assert Job.objects.get().source == "shop.json"
    assert api.post("import/?source=shop.json", FILE).json()["same"] == 1


def test_a_file_is_imported_as_an_upload(api: Api) -> None:
    upload = io.BytesIO(json.dumps(FILE).encode())
    upload.name = "shop.json"
    assert api.upload("import/", file=upload).json()["new"] == 1
    assert Job.objects.get().source == "shop.json"
    assert api.upload("import/").status_code == 422


def test_a_file_that_is_too_large_is_refused(api: Api) -> None:
    upload = io.BytesIO(b" " * (16 * 1024 * 1024 + 1))
    upload.name = "large.json"
    assert api.upload("import/", file=upload).status_code == 413
    assert api.post("import/", upload.getvalue()).status_code == 413


def test_a_file_with_errors_names_their_places_and_changes_nothing(api: Api) -> None:
    text = (BASE_DIR / "examples" / "gsched.json").read_bytes()
    answer = api.post("import/", text)
    assert answer.status_code == 422
    assert "jobs[2].taskName" in fields_at_fault(answer)
    assert not Job.objects.exists()
    partial = api.post("import/?partial=true", text).json()
    assert partial["applied"]
    assert len(partial["problems"]) == 2
    assert Job.objects.count() == partial["new"]


def test_a_file_that_is_no_json_is_told_by_line(api: Api) -> None:
    answer = api.post("import/", b'{"jobs": [\n  {"jobName": }\n]}')
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"].startswith("import:2:15: is not JSON")
