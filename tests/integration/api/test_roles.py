"""Each role by each operation that changes something: the table of rights holds for programs
too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.access.roles import Role
from jobs.actions.alerts import acknowledge_alert
from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.actions.pauses import pause_job
from jobs.actions.people.tokens import create_token
from jobs.actions.queues import pause_queue
from jobs.actions.runs.backfills import backfill_job
from jobs.models import RunState
from tests.support.api import Api
from tests.support.builders import (
    by,
    make_alert,
    make_calendar,
    make_channel,
    make_job,
    make_pool,
    make_route,
    make_run,
    make_secret,
    make_worker,
)
from tests.support.redis import RedisServer
from tests.support.rights import RIGHTS

CHANNEL = {"name": "ops", "kind": "email", "address": "ana@example.com"}
NEW = {"name": "fresh", "task": "EchoTask", "schedule": "@daily"}
BEGUN = by("before")
Prepared = tuple[str, Any]


@dataclass(frozen=True)
class Operation:
    """``prepare`` makes what it is about, and answers the address and the body to send."""

    name: str
    method: str
    verb: str
    prepare: Callable[[], Prepared]
    signed_in: bool = False


def _job(path: str, body: Any = None, **fields: Any) -> Callable[[], Prepared]:
    return lambda: (f"jobs/{make_job(**fields).pk}/{path}", body)


def _run(path: str, body: Any = None, **fields: Any) -> Callable[[], Prepared]:
    return lambda: (f"runs/{make_run(**fields).pk}/{path}", body)


def _dead(path: str, **body: Any) -> Callable[[], Prepared]:
    return lambda: (
        f"dead-letters/{path}",
        {"ids": [str(make_run(state=RunState.FAILED).pk)], **body},
    )


def _range() -> dict[str, str]:
    now = timezone.now().replace(microsecond=0)
    return {"from": (now - timedelta(hours=3)).isoformat(), "to": now.isoformat()}


def _backfill() -> Prepared:
    job = make_job(schedule="@hourly", starts_at=timezone.now() - timedelta(days=2))
    return f"jobs/{job.pk}/backfill/", _range()


def _cancel_backfill() -> Prepared:
    now = timezone.now()
    job = make_job(schedule="@hourly", starts_at=now - timedelta(days=2))
    begun = backfill_job(job, actor=BEGUN, now=now, start=now - timedelta(hours=3), end=now)
    return f"backfills/{begun.pk}/cancel/", None


def _cancel_bulk() -> Prepared:
    begun = begin_bulk("pause", {}, {}, actor=BEGUN, now=timezone.now())
    return f"bulk/{begun.pk}/cancel/", None


def _restore() -> Prepared:
    job = make_job()
    update_job(job, {"description": "x"}, actor=BEGUN, now=timezone.now())
    return f"jobs/{job.pk}/versions/1/restore/", None


def _resume() -> Prepared:
    job = make_job()
    pause_job(job, actor=BEGUN, now=timezone.now())
    return f"jobs/{job.pk}/resume/", None


def _resume_queue() -> Prepared:
    pause_queue("default", actor=BEGUN, now=timezone.now())
    return "queues/default/resume/", None


def _revoke() -> Prepared:
    another = User.objects.create_user("another")
    token = create_token(another, name="ci", actor=BEGUN, now=timezone.now()).token
    return f"tokens/{token.pk}/revoke/", None


def _calendar() -> Prepared:
    return f"calendars/{make_calendar('plant').name}/", {"weekdays": ["SAT"]}


def _pool(path: str, body: Any = None) -> Callable[[], Prepared]:
    return lambda: (f"pools/{make_pool('gpu').name}/{path}", body)


def _secret(body: Any = None) -> Callable[[], Prepared]:
    return lambda: (f"secrets/{make_secret('db').name}/", body)


def _channel(path: str, body: Any = None) -> Callable[[], Prepared]:
    return lambda: (f"channels/{make_channel().name}/{path}", body)


def _route(body: Any = None) -> Callable[[], Prepared]:
    return lambda: (f"routes/{make_route(make_channel()).name}/", body)


def _acknowledged() -> Prepared:
    alert = acknowledge_alert(make_alert(), actor=BEGUN, now=timezone.now())
    return f"alerts/{alert.pk}/undo-acknowledge/", None


def _acknowledged_cause() -> Prepared:
    alert = acknowledge_alert(make_alert(), actor=BEGUN, now=timezone.now())
    return "alerts/causes/undo-acknowledge/", {"cause": alert.cause}


OPERATIONS = (
    Operation("create", "post", "create_job", lambda: ("jobs/", NEW)),
    Operation("change", "patch", "update_job", _job("", {"description": "x"})),
    Operation("replace", "put", "update_job", _job("", NEW)),
    Operation("delete", "delete", "archive_job", _job("")),
    Operation(
        "unarchive",
        "post",
        "unarchive_job",
        _job("unarchive/", archived_at=timezone.now(), enabled=False),
    ),
    Operation("run now", "post", "run_now", _job("run/")),
    Operation("cancel a job's runs", "post", "cancel_runs", _job("cancel-runs/")),
    Operation("pause", "post", "pause_job", _job("pause/", {"reason": "db move"})),
    Operation("resume", "post", "resume_job", _resume),
    Operation("backfill", "post", "backfill_job", _backfill),
    Operation("cancel a backfill", "post", "cancel_backfill", _cancel_backfill),
    Operation("restore", "post", "restore_version", _restore),
    Operation("reveal a job", "post", "reveal_job", _job("reveal/", {"reason": "rotation"})),
    Operation("reveal a run", "post", "reveal_run", _run("reveal/")),
    Operation("cancel", "post", "cancel_run", _run("cancel/")),
    Operation("rerun", "post", "rerun", _run("rerun/", state=RunState.FAILED)),
    Operation("requeue", "post", "requeue", _dead("requeue/")),
    Operation("discard", "post", "discard", _dead("discard/", reason="known")),
    Operation("undo a discard", "post", "undo_discard", _dead("undo-discard/")),
    Operation("undo an acknowledgement", "post", "undo_acknowledge", _acknowledged),
    Operation(
        "begin in bulk", "post", "begin_bulk", lambda: ("bulk/", {"verb": "pause", "filter": {}})
    ),
    Operation("cancel in bulk", "post", "cancel_bulk", _cancel_bulk),
    Operation("pause a queue", "post", "pause_queue", lambda: ("queues/default/pause/", None)),
    Operation("resume a queue", "post", "resume_queue", _resume_queue),
    Operation(
        "make a token", "post", "create_token", lambda: ("tokens/", {"name": "ci"}), signed_in=True
    ),
    Operation("revoke a token of another", "post", "revoke_token", _revoke),
    Operation(
        "acknowledge a cause",
        "post",
        "acknowledge_cause",
        lambda: ("alerts/causes/acknowledge/", {"cause": make_alert().cause}),
    ),
    Operation(
        "undo the acknowledgement of a cause",
        "post",
        "undo_acknowledge_cause",
        _acknowledged_cause,
    ),
    Operation(
        "acknowledge",
        "post",
        "acknowledge_alert",
        lambda: (f"alerts/{make_alert().pk}/acknowledge/", {"reason": "me"}),
    ),
    Operation(
        "shut down",
        "post",
        "shut_down_worker",
        lambda: (f"workers/{quote(make_worker().name)}/shutdown/", None),
    ),
    Operation(
        "delete a run", "delete", "delete_run", _run("", state=RunState.SUCCEEDED, rolled_up=True)
    ),
    Operation(
        "make a pool", "post", "create_pool", lambda: ("pools/", {"name": "gpu", "slots": 2})
    ),
    Operation(
        "make a calendar",
        "post",
        "create_calendar",
        lambda: ("calendars/", {"name": "plant", "weekdays": ["SUN"]}),
    ),
    Operation("change a calendar", "patch", "update_calendar", _calendar),
    Operation("remove a calendar", "delete", "delete_calendar", lambda: (_calendar()[0], None)),
    Operation("change a pool", "patch", "update_pool", _pool("", {"slots": 3})),
    Operation("remove a pool", "delete", "delete_pool", _pool("")),
    Operation(
        "make a secret",
        "post",
        "create_secret",
        lambda: ("secrets/", {"name": "db", "value": "corr3ct"}),
    ),
    Operation("change a secret", "patch", "update_secret", _secret({"value": "an0ther"})),
    Operation("remove a secret", "delete", "delete_secret", _secret()),
    Operation(
        "rotate the secrets", "post", "reseal_secrets", lambda: ("secret-keys/rotate/", None)
    ),
    Operation("make a channel", "post", "create_channel", lambda: ("channels/", CHANNEL)),
    Operation("change a channel", "patch", "update_channel", _channel("", {"description": "x"})),
    Operation("test a channel", "post", "try_channel", _channel("test/")),
    Operation("remove a channel", "delete", "delete_channel", _channel("")),
    Operation(
        "make a route",
        "post",
        "create_route",
        lambda: ("routes/", {"name": "all", "channel": make_channel().name}),
    ),
    Operation("change a route", "patch", "update_route", _route({"description": "x"})),
    Operation("remove a route", "delete", "delete_route", _route()),
    Operation(
        "import", "post", "import", lambda: ("import/", {"format": "beatwright/1", "jobs": [NEW]})
    ),
)


def test_every_operation_of_the_document_that_changes_something_has_its_row() -> None:
    document = Api().get("schema/?format=json").json()
    described = {
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method in ("post", "put", "patch", "delete")
        and path.startswith("/api/v1/")
        and "/tasks" not in path
    } - {("post", "/api/v1/schedules/preview/"), ("post", "/api/v1/jobs/{job_id}/preview/")}
    assert len(described) == len(OPERATIONS), sorted(described)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_role_may_call_what_the_table_of_rights_says(
    operation: Operation, role: Role, broker: RedisServer
) -> None:
    path, body = operation.prepare()
    answer = Api(role, signed_in=operation.signed_in).send(operation.method, path, body)
    right = next(right for right in RIGHTS if right.verb == operation.verb)
    if right.is_for(role):
        assert answer.status_code < 300, answer.content
    else:
        assert answer.status_code == 403
        assert "the permission beatwright." in answer.json()["detail"]
