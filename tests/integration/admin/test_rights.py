"""Each role by each thing that the console's buttons and forms do: the table of rights holds for
crafted requests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.access.roles import Role
from jobs.access.sessions.sign_ins import begin_session
from jobs.actions.alerts import acknowledge_alert
from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.actions.people.invitations import invite_person
from jobs.actions.people.tokens import create_token
from jobs.actions.people.views import save_view
from jobs.actions.queues import pause_queue
from jobs.models import AuditEntry, Channel, ListNoun, RunState
from tests.integration.admin.test_job_form import filled
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
from tests.support.people import browser_of, make_roles, make_user
from tests.support.redis import RedisServer
from tests.support.rights import RIGHTS

SECRETS = "/admin/beatwright/secrets/"
CALENDARS = "/admin/beatwright/calendars/"
CHANNELS, ROUTES = "/admin/beatwright/channels/", "/admin/beatwright/routes/"
CHANNEL = {"name": "ops", "kind": "email", "address": "ana@example.com", "enabled": "on"}
JOBS, RUNS, DEAD, POOLS, QUEUES, ALERTS = (
    f"/admin/beatwright/{room}/" for room in ("job", "run", "dead", "pools", "queues", "alerts")
)
PEOPLE = "/admin/people/"
BEFORE = by("before")
DISCARDED = {"state": RunState.FAILED, "resolution": "discarded: x", "resolved_at": timezone.now()}
Prepared = tuple[str, dict[str, Any]]

# What the console has no form of its own for, and why.
ELSEWHERE = {
    "undo_pause": "stands in the message to the one who has just paused: test_job_buttons.py",
    "undo_acknowledge": "stands in the message to the one who has just acknowledged: test_undo.py",
    "adopt": "an action of django-celery-beat's own list: test_periodic.py",
    "import": "two steps, the second of which is one's own: test_import.py",
    "cancel_runs": "what DTS-Go calls CancelJob",
    "cancel_backfill": "the runs of a backfill are cancelled one by one; all of them over REST "
    "and the command line",
    "reseal_secrets": "keys are changed where they stand: on the command line alone",
    "reveal_all": "an export with its secrets is made on the command line alone",
}


def _job(path: str, **data: Any) -> Callable[[], Prepared]:
    return lambda: (f"{JOBS}{make_job().pk}/{path}", data)


def _run(path: str, **fields: Any) -> Callable[[], Prepared]:
    return lambda: (f"{RUNS}{make_run(**fields).pk}/{path}", {})


def _dead(path: str, **data: Any) -> Callable[[], Prepared]:
    return lambda: (
        f"{DEAD}{path}",
        {"scope": "ticked", "run": str(make_run(state=RunState.FAILED).pk), **data},
    )


def _change() -> Prepared:
    return f"{JOBS}{make_job(name='nightly').pk}/change/", filled(version="1", description="x")


def _resume() -> Prepared:
    return f"{JOBS}{make_job(enabled=False).pk}/resume/", {}


def _archived() -> Prepared:
    return f"{JOBS}{make_job(archived_at=timezone.now(), enabled=False).pk}/unarchive/", {}


def _delete_run() -> Prepared:
    return f"{RUNS}{make_run(state=RunState.SUCCEEDED, rolled_up=True).pk}/delete/", {"sure": "1"}


def _restore() -> Prepared:
    job = make_job()
    update_job(job, {"description": "x"}, actor=BEFORE, now=timezone.now())
    return f"{JOBS}{job.pk}/restore/", {"version": "1"}


def _backfill() -> Prepared:
    now = timezone.now()
    job = make_job(schedule="@hourly", starts_at=now - timedelta(days=2))
    start, end = (
        f"{moment:%Y-%m-%dT%H:%M}"
        for moment in (now - timedelta(hours=5), now - timedelta(hours=1))
    )
    return f"{JOBS}{job.pk}/backfill/", {
        "start": start,
        "end": end,
        "concurrency": "2",
        "order": "",
        "_start": "",
    }


def _bulk(verb: str, **data: Any) -> Callable[[], Prepared]:
    make_all = {"verb": verb, "all": "1", "sure": "1", **data}
    return lambda: (f"{JOBS}bulk/?q={make_job().name}", make_all)


def _cancel_bulk() -> Prepared:
    begun = begin_bulk("pause", {}, {}, actor=BEFORE, now=timezone.now())
    return f"/admin/beatwright/bulk/{begun.pk}/cancel/", {}


def _resume_queue() -> Prepared:
    pause_queue("default", actor=BEFORE, now=timezone.now())
    return f"{QUEUES}default/resume/", {}


def _restore_cause() -> Prepared:
    alert = acknowledge_alert(make_alert(), actor=BEFORE, now=timezone.now())
    return f"{ALERTS}restore/", {"cause": alert.cause}


def _revoke() -> Prepared:
    another = User.objects.create_user("another")
    token = create_token(another, name="ci", actor=BEFORE, now=timezone.now()).token
    return f"/admin/beatwright/apitoken/{token.pk}/revoke/", {"sure": "1"}


def _calendar(path: str, **data: Any) -> Callable[[], Prepared]:
    return lambda: (f"{CALENDARS}{make_calendar('plant').name}/{path}", data)


def _pool(path: str, **data: Any) -> Callable[[], Prepared]:
    return lambda: (f"{POOLS}{make_pool('gpu').name}/{path}", data)


def _secret(path: str, **data: Any) -> Callable[[], Prepared]:
    return lambda: (f"{SECRETS}{make_secret('db').name}/{path}", data)


def _channel(path: str, **data: Any) -> Callable[[], Prepared]:
    return lambda: (f"{CHANNELS}{make_channel().name}/{path}", data)


def _to_channel() -> dict[str, Any]:
    return {"channel": make_channel().name, "timezone": "UTC", "enabled": "on"}


def _route(path: str, **data: Any) -> Callable[[], Prepared]:
    def prepare() -> Prepared:
        values = _to_channel()
        make_route(Channel.objects.get(), "all")
        return f"{ROUTES}all/{path}", values | data

    return prepare


def _invited(path: str, *, is_active: bool = True, **data: Any) -> Callable[[], Prepared]:
    def prepare() -> Prepared:
        make_roles()
        user = invite_person(
            name="guest", email="", role="viewer", actor=BEFORE, now=timezone.now()
        ).user
        User.objects.filter(pk=user.pk).update(is_active=is_active)
        return f"{PEOPLE}{user.pk}/{path}", data

    return prepare


def _session() -> Prepared:
    page, _ = _invited("")()
    user = User.objects.get(username="guest")
    row = begin_session(user, "a session", address="", browser="", now=timezone.now())
    return f"{page}sessions/{row.pk}/end/", {}


def _shared_view() -> Prepared:
    user = User.objects.create_user("another")
    view = save_view(
        user, ListNoun.RUNS, "night", query="queue=night", columns=[], is_shared=True,
        actor=by("another"), now=timezone.now(),
    )  # fmt: skip
    return f"/admin/views/{view.pk}/delete/", {}


FORMS: dict[tuple[str, str], Callable[[], Prepared]] = {
    ("create_job", "a job's form"): lambda: (f"{JOBS}add/", filled()),
    ("update_job", "a job's form"): _change,
    ("update_job", "tag"): _job("tag/", tags="fin"),
    ("update_job", "queue"): _job("queue/", queue="night"),
    ("restore_version", "history"): _restore,
    ("archive_job", "archive"): _job("archive/", sure="1"),
    ("unarchive_job", "restore"): _archived,
    ("undo_discard", "its run"): _run("undo-discard/", **DISCARDED),
    ("pause_job", "pause"): _job("pause/", reason="db move"),
    ("resume_job", "resume"): _resume,
    ("run_now", "run"): _job("run/"),
    ("run_now", "follow"): _job("follow/"),
    ("backfill_job", "backfill"): _backfill,
    ("reveal_job", "reveal"): _job("reveal/"),
    ("cancel_run", "cancel"): _run("cancel/"),
    ("rerun", "rerun"): _run("rerun/", state=RunState.FAILED),
    ("reveal_run", "reveal"): _run("reveal/"),
    ("delete_run", "delete"): _delete_run,
    ("requeue", "dead letters"): _dead("requeue/", sure="1"),
    ("discard", "dead letters"): _dead("discard/", reason="known", sure="1"),
    ("begin_bulk", "all that match"): _bulk("pause"),
    ("cancel_bulk", "its page"): _cancel_bulk,
    ("pause_queue", "queues"): lambda: (f"{QUEUES}default/pause/", {"reason": "db move"}),
    ("resume_queue", "queues"): _resume_queue,
    ("create_token", "tokens"): lambda: (
        "/admin/beatwright/apitoken/create/", {"name": "ci", "scope": "", "tags": "", "days": "90"},
    ),
    ("revoke_token", "tokens"): _revoke,
    ("acknowledge_alert", "alerts"): lambda: (f"{ALERTS}{make_alert().pk}/acknowledge/",
                                              {"reason": "me"}),
    ("acknowledge_cause", "alerts"): lambda: (f"{ALERTS}acknowledge/",
                                              {"cause": make_alert().cause, "reason": "me"}),
    ("undo_acknowledge_cause", "alerts"): _restore_cause,
    ("shut_down_worker", "workers"): lambda: (
        f"/admin/beatwright/workers/{make_worker().name}/shutdown/", {"sure": "1"},
    ),
    ("create_pool", "pools"): lambda: (f"{POOLS}add/", {"name": "gpu", "slots": "2"}),
    ("update_pool", "pools"): _pool("change/", slots="3"),
    ("delete_pool", "pools"): _pool("delete/", sure="1"),
    ("create_calendar", "calendars"): lambda: (
        f"{CALENDARS}_add/", {"name": "plant", "applies_to": "named"},
    ),
    ("update_calendar", "calendars"): _calendar("change/", applies_to="named", weekdays="SAT"),
    ("delete_calendar", "calendars"): _calendar("delete/", sure="1"),
    ("create_secret", "secrets"): lambda: (f"{SECRETS}_add/", {"name": "db", "value": "corr3ct"}),
    ("update_secret", "secrets"): _secret("change/", value="an0ther"),
    ("delete_secret", "secrets"): _secret("delete/", sure="1"),
    ("create_channel", "channels"): lambda: (f"{CHANNELS}_add/", CHANNEL),
    ("update_channel", "channels"): _channel("change/", description="x", enabled="on"),
    ("try_channel", "channels"): _channel("test/"),
    ("delete_channel", "channels"): _channel("delete/", sure="1"),
    ("create_route", "routes"): lambda: (f"{ROUTES}_add/", {"name": "all", **_to_channel()}),
    ("update_route", "routes"): _route("change/"),
    ("delete_route", "routes"): _route("delete/", sure="1"),
    ("invite_person", "people"): lambda: (f"{PEOPLE}invite/",
                                          {"name": "guest", "email": "", "role": "viewer"}),
    ("renew_invitation", "a person's page"): _invited("renew/"),
    ("revoke_invitation", "a person's page"): _invited("revoke/"),
    ("change_role", "a person's page"): _invited("role/", role="operator", tags="fin"),
    ("deactivate_person", "a person's page"): _invited("deactivate/", sure="1"),
    ("activate_person", "a person's page"): _invited("activate/", is_active=False),
    ("sign_out_person", "a person's page"): _invited("sign-out/"),
    ("reset_second_factor", "a person's page"): _invited("reset/"),
    ("end_session", "a person's page"): _session,
    ("save_view", "runs"): lambda: ("/admin/views/runs/save/", {"name": "mine", "query": ""}),
    ("delete_view", "runs"): _shared_view,
}  # fmt: skip


def test_the_console_has_a_form_for_every_right_or_a_reason_why_not() -> None:
    assert {verb for verb, _ in FORMS} | ELSEWHERE.keys() == {right.verb for right in RIGHTS}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("form", FORMS, ids=" of ".join)
def test_a_role_may_send_what_the_table_of_rights_says(
    form: tuple[str, str], role: Role, broker: RedisServer
) -> None:
    address, data = FORMS[form]()
    person = make_user(role, "somebody")
    answer = browser_of(person).post(address, data)
    right = next(right for right in RIGHTS if right.verb == form[0])
    noted = AuditEntry.objects.filter(who="somebody").exists()
    if right.is_for(role):
        assert answer.status_code in (200, 302)
        assert noted
    else:
        assert answer.status_code == 403
        assert not noted
