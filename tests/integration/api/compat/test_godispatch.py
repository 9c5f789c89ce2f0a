"""GoDispatch's tasks at their own address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from jobs.models import Job, Run
from tests.support.api import Api, fields_at_fault
from tests.support.builders import make_attempt, make_job, make_run
from tests.support.redis import RedisServer

# As it is documented there, with a start that has long been past.
SAMPLE: dict[str, Any] = {
    "type": "email",
    "name": "Send welcome email",
    "description": "Send a welcome email to new users",
    "priority": "high",
    "payload": {"to": "user@example.com", "subject": "Welcome!", "body": "Welcome to our service!"},
    "max_retries": 3,
    "timeout": 60,
    "schedule": {"type": "one-time", "start_time": "2023-04-10T15:00:00Z"},
}


def test_its_documented_task_runs_once_now_with_a_warning(api: Api, broker: RedisServer) -> None:
    made = api.post("tasks", SAMPLE)
    body = made.json()
    assert (made.status_code, body["warning"]) == (
        201,
        "start_time is in the past: the task runs once, now",
    )
    assert {name: body[name] for name in SAMPLE if name != "schedule"} == {
        k: v for k, v in SAMPLE.items() if k != "schedule"
    }
    job, run = Job.objects.get(), Run.objects.get()
    assert (job.priority, job.schedule, run.priority, run.trigger) == (10, "@manual", 10, "api")
    assert api.get(f"tasks/{body['id']}").json()["status"] == "scheduled"


def test_a_one_time_task_in_the_future_waits_for_its_start(api: Api) -> None:
    schedule = {"type": "one-time", "start_time": "2999-04-10T15:00:00.5+02:00"}
    answer = api.post("tasks", SAMPLE | {"schedule": schedule})
    assert answer.status_code == 422  # five years ahead at the most
    year = timezone.now().year + 1
    body = api.post(
        "tasks", SAMPLE | {"schedule": schedule | {"start_time": f"{year}-04-10T15:00:00+02:00"}}
    ).json()
    assert (body["next_run_at"], body["warning"]) == (f"{year}-04-10T13:00:00Z", "")
    zone = {"time_zone": "UTC", "timezone": "UTC"}
    assert body["schedule"] == {"type": "one-time", "start_time": f"{year}-04-10T13:00:00Z"} | zone
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("schedule", "text", "zone"),
    [
        (
            {"type": "cron", "cron_expression": "30 2 * * *", "timezone": "Europe/Berlin"},
            "30 2 * * *",
            "Europe/Berlin",
        ),
        ({"type": "cron", "expression": "@daily"}, "@daily", "UTC"),
        (
            {"type": "cron", "expression": "30 2 * * *", "time_zone": "America/New_York"},
            "30 2 * * *",
            "America/New_York",
        ),
        ({"type": "recurring", "interval": 90}, "@every 90s", "UTC"),
        ({"type": "recurring", "interval": "1h30m"}, "@every 1h30m", "UTC"),
    ],
)
def test_recurring_and_cron_tasks_are_planned(
    api: Api, schedule: dict[str, Any], text: str, zone: str
) -> None:
    assert (
        api.post("tasks", SAMPLE | {"schedule": schedule, "retry_backoff": "1m30s"}).status_code
        == 201
    )
    job = Job.objects.get()
    assert (job.schedule, job.timezone, job.retry_backoff_seconds) == (text, zone, 90)


@pytest.mark.parametrize(
    ("expression", "text", "years"),
    [
        ("30 2 * * *", "30 2 * * *", None),
        ("30 2 * * * *", "30 2 * * *", None),
        ("30 2 * * MON {0}", "30 2 * * MON", (0, 0)),
        ("15 30 2 * * * *", "15 30 2 * * *", None),
        ("0 30 2 1 * ? {0}-{1}", "0 30 2 1 * ?", (0, 1)),
        ("0 30 2 1 * ? {1},{0}", "0 30 2 1 * ?", (0, 1)),
    ],
)
def test_a_cron_text_has_a_year_at_its_end_and_with_seven_fields_seconds(
    api: Api, expression: str, text: str, years: tuple[int, int] | None
) -> None:
    first = timezone.now().year + 1
    schedule = {
        "type": "cron",
        "expression": expression.format(first, first + 1),
        "time_zone": "Europe/Berlin",
    }
    body = api.post("tasks", SAMPLE | {"schedule": schedule}).json()
    assert Job.objects.get().schedule == text
    told = body["schedule"]
    window = {name: told[name] for name in ("start_time", "end_time") if name in told}
    assert window == (
        {
            "start_time": f"{first + years[0] - 1}-12-31T23:00:00Z",
            "end_time": f"{first + years[1]}-12-31T22:59:59Z",
        }
        if years
        else {}
    )
    assert ("has six fields" in body["warning"]) == (len(expression.split()) == 6)
    again = api.post("tasks", SAMPLE | {"schedule": told}).json()
    assert again["next_run_at"] == body["next_run_at"], (
        "what is told means the same when it is sent"
    )


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"schedule": {"type": "sometimes"}}, 400, "schedule.type"),
        ({"schedule": {"type": "cron"}}, 422, "schedule.expression"),
        (
            {"schedule": {"type": "cron", "expression": "@daily", "timezon": "UTC"}},
            400,
            "schedule.timezon",
        ),
        (
            {"schedule": {"type": "cron", "expression": "@daily", "time_zone": "Mars/Base"}},
            422,
            "schedule.time_zone",
        ),
        (
            {
                "schedule": {
                    "type": "cron",
                    "expression": "@daily",
                    "time_zone": "UTC",
                    "timezone": "Asia/Tokyo",
                }
            },
            422,
            "schedule.time_zone",
        ),
        (
            {"schedule": {"type": "cron", "expression": "@daily", "end_time": "soon"}},
            422,
            "schedule.end_time",
        ),
        (
            {"schedule": {"type": "cron", "expression": "@daily", "end_time": "2020-01-01T00:00"}},
            422,
            "schedule.end_time",
        ),
        (
            {"schedule": {"type": "cron", "expression": "0 0 0 1 1 * 2019"}},
            422,
            "schedule.end_time",
        ),
        (
            {"schedule": {"type": "cron", "expression": "0 0 0 1 1 * 2090,2092"}},
            422,
            "schedule",
        ),
        (
            {"schedule": {"type": "cron", "expression": "0 0 0 1 1 * */2"}},
            422,
            "schedule",
        ),
        ({"schedule": {"type": "cron", "expression": "61 0 * * *"}}, 422, "schedule"),
        ({"prio": "high"}, 400, "prio"),
        ({"priority": "urgent"}, 422, "priority"),
        ({"retry_backoff": "soon"}, 422, "retry_backoff"),
        ({"type": "e-mail"}, 422, "type"),
        ({"payload": {}}, 422, "payload"),
    ],
)
def test_what_cannot_be_done_names_the_field(
    api: Api, change: dict[str, Any], status: int, field: str
) -> None:
    answer = api.post("tasks", SAMPLE | change)
    assert (answer.status_code, fields_at_fault(answer)) == (status, [field])
    assert not Job.objects.exists()


def test_a_result_is_the_newest_runs(api: Api, broker: RedisServer) -> None:
    path = f"tasks/{api.post('tasks', SAMPLE).json()['id']}"
    assert api.get(f"{path}/result").json()["result"] is None
    Run.objects.update(state="succeeded", attempt=1, finished_at=timezone.now())
    make_attempt(Run.objects.get(), result=json.dumps({"sent": 1}))
    told = api.get(f"{path}/result").json()
    assert (told["status"], told["result"]) == ("completed", {"sent": 1})


def test_a_task_is_cancelled(api: Api, broker: RedisServer) -> None:
    path = f"tasks/{api.post('tasks', SAMPLE).json()['id']}"
    assert api.send("delete", path).json()["status"] == "cancelled"
    assert api.get(path).json()["status"] == "cancelled"
    assert Run.objects.get().state == "cancelled"


def test_medium_is_a_priority_and_the_word_for_none(api: Api) -> None:
    cron = {"type": "cron", "expression": "@daily"}
    given = api.post("tasks", SAMPLE | {"schedule": cron, "priority": "medium"}).json()
    without = api.post(
        "tasks", {name: SAMPLE[name] for name in ("type", "payload")} | {"schedule": cron}
    ).json()
    assert (given["priority"], without["priority"]) == ("medium", "medium")
    assert set(Job.objects.values_list("priority", flat=True)) == {0}


def test_a_task_has_its_window_and_a_time_without_an_offset_is_of_its_zone(api: Api) -> None:
    year = timezone.now().year + 1
    window = {"start_time": f"{year}-12-24T15:00", "end_time": f"{year}-12-31T15:00:00Z"}
    schedule = {"type": "recurring", "interval": 60, "time_zone": "America/New_York", **window}
    made = api.post("tasks", SAMPLE | {"schedule": schedule})
    body = made.json()
    assert body["next_run_at"] == f"{year}-12-24T20:00:00Z"
    assert body["schedule"]["end_time"] == f"{year}-12-31T15:00:00Z"
    assert (
        body["warning"]
        == "schedule.start_time has no offset, and is read as a time of America/New_York"
    )
    assert made["Warning"] == f'299 beatwright "{body["warning"]}"'


def test_what_means_nothing_for_a_kind_of_task_is_said(api: Api, broker: RedisServer) -> None:
    schedule = {"type": "one-time", "interval": 5, "end_time": "2020-01-01T00:00:00Z"}
    warning = api.post("tasks", SAMPLE | {"schedule": schedule}).json()["warning"]
    assert [text.partition(" ")[0] for text in warning.split("; ")] == [
        "schedule.end_time",
        "schedule.interval",
    ]


def test_tasks_are_listed_by_status_and_order_beyond_an_offset(api: Api) -> None:
    jobs = [make_job(name=name, enabled=name != "b") for name in "cab"]
    listed = api.get("tasks", sort="name", order="asc", limit=2, offset=1).json()
    assert ([task["name"] for task in listed["tasks"]], listed["total"]) == (["b", "c"], 3)
    assert [task["id"] for task in api.get("tasks").json()["tasks"]] == [
        str(job.pk) for job in reversed(jobs)
    ]
    assert [task["name"] for task in api.get("tasks", status="paused").json()["tasks"]] == ["b"]
    assert api.get("tasks", sort="age").status_code == api.get("tasks", page=2).status_code == 400


def test_a_task_that_took_too_long_has_a_word_of_its_own(api: Api) -> None:
    late, failed = (
        make_run(make_job(schedule="@manual"), state=state).job for state in ("timed_out", "failed")
    )
    assert (
        api.get(f"tasks/{late.pk}").json()["status"]
        == api.get(f"tasks/{late.pk}/result").json()["status"]
        == "timeout"
    )
    assert [task["id"] for task in api.get("tasks", status="timeout").json()["tasks"]] == [
        str(late.pk)
    ]
    assert api.get(f"tasks/{failed.pk}").json()["status"] == "failed"


def test_a_history_holds_the_executions_the_newest_first(api: Api) -> None:
    job = make_job()
    runs = [
        make_run(job, state=state, error="ValueError: no")
        for state in ("failed", "timed_out", "running")
    ]
    told = api.get(f"tasks/{job.pk}/history", limit=2).json()
    assert told["task_id"] == str(job.pk)
    assert [(row["id"], row["status"]) for row in told["history"]] == [
        (str(runs[2].pk), "running"),
        (str(runs[1].pk), "timeout"),
    ]


@pytest.mark.parametrize("state", ["succeeded", "failed", "timed_out", "cancelled"])
def test_cancelling_a_task_that_has_ended_changes_nothing(api: Api, state: str) -> None:
    job = make_run(make_job(schedule="@manual"), state=state).job
    before = api.get(f"tasks/{job.pk}").json()
    for answer in (api.send("delete", f"tasks/{job.pk}"), api.send("put", f"tasks/{job.pk}")):
        assert (answer.status_code, fields_at_fault(answer)) == (409, ["status"])
    assert api.get(f"tasks/{job.pk}").json() == before


def test_a_task_is_changed_and_without_anything_cancelled(api: Api) -> None:
    job = make_job()
    path = f"tasks/{job.pk}"
    changed = api.send(
        "put", path, {"name": "new", "schedule": {"type": "cron", "expression": "@daily"}}
    ).json()
    assert (changed["name"], changed["message"]) == ("new", "task updated")
    assert changed["schedule"]["expression"] == "@daily"
    assert api.send("put", path, {"shedule": {}}).status_code == 400
    cancelled = api.send("put", path).json()
    assert (cancelled["status"], cancelled["message"]) == ("cancelled", "task cancelled")


def test_the_system_is_told_of(api: Api) -> None:
    make_run(state="running")
    assert api.get("health").json() == {"status": "ok"}
    figures = api.get("system/metrics").json()
    assert (figures["total_tasks"], figures["running_tasks"], figures["workers"]) == (1, 1, 0)
    assert api.get("system/workers").json() == {"workers": [], "total": 0}
    assert api.get("tasks/7").json()["detail"] == "there is nothing at /api/v1/tasks/7"
