"""GoDispatch's tasks at their own address."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone
from django_celery_results.models import TaskResult

from jobs.models import Job, Run
from tests.support.api import Api, fields_at_fault
from tests.support.redis import RedisServer

# As it is documented there, with a start that has long been past.
SAMPLE: dict[str, Any] = {
    "type": "email",
    "name": "welcome",
    "description": "to new users",
    "priority": "high",
    "payload": {"to": "ana@example.com"},
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
    assert body["schedule"] == {
        "type": "one-time",
        "start_time": f"{year}-04-10T13:00:00Z",
        "timezone": "UTC",
    }
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
    ("change", "status", "field"),
    [
        ({"schedule": {"type": "sometimes"}}, 400, "schedule.type"),
        ({"schedule": {"type": "cron"}}, 422, "schedule.cron_expression"),
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
    TaskResult.objects.create(
        task_id=Run.objects.get().message_id, status="SUCCESS", result=json.dumps({"sent": 1})
    )
    told = api.get(f"{path}/result").json()
    assert (told["status"], told["result"]) == ("completed", {"sent": 1})


def test_a_task_is_cancelled(api: Api, broker: RedisServer) -> None:
    path = f"tasks/{api.post('tasks', SAMPLE).json()['id']}"
    assert api.send("delete", path).json()["status"] == "cancelled"
    assert api.get(path).json()["status"] == "cancelled"
    assert Run.objects.get().state == "cancelled"
