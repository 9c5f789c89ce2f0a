"""Every POST there is, sent twice with one key: the second does nothing, and answers as the first
did.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView

from jobs.actions.alerts import acknowledge_alert
from jobs.actions.bulk import begin_bulk
from jobs.actions.jobs import update_job
from jobs.actions.pauses import pause_job
from jobs.actions.people.tokens import create_token
from jobs.actions.queues import pause_queue
from jobs.actions.runs.backfills import backfill_job
from jobs.models import AuditEntry, Job, Run
from jobs.sealing import new_key
from tests.support.api import Api, fields_at_fault
from tests.support.builders import (
    by,
    make_alert,
    make_channel,
    make_job,
    make_run,
    make_secret,
    make_worker,
)
from tests.support.redis import RedisServer

BOSS = by("ana")
NEW = {"name": "nightly", "task": "EchoTask", "schedule": "30 2 * * *"}
FILE = {"format": "beatwright/1", "jobs": [NEW]}


class Sent(NamedTuple):
    """What is sent: to which thing, and with which body."""

    thing: uuid.UUID | str = ""
    body: Any = None


def _paused() -> Job:
    job = make_job()
    pause_job(job, actor=BOSS, now=timezone.now())
    return job


def _failed() -> Run:
    return make_run(state="failed", finished_at=timezone.now())


def _dead(body: dict[str, Any]) -> Sent:
    return Sent(body=body | {"ids": [str(_failed().pk)]})


def _sealed_before() -> Sent:
    """One secret, under what is no longer the first key; it still opens all that other tests have
    made.
    """
    make_secret("db")
    settings.BEATWRIGHT = settings.BEATWRIGHT | {
        "secrets_keys": (new_key(), *settings.BEATWRIGHT["secrets_keys"])
    }
    return Sent()


def _range() -> dict[str, str]:
    now = timezone.now()
    return {
        "from": (now - timedelta(days=2)).isoformat(),
        "to": (now - timedelta(hours=1)).isoformat(),
    }


def _backfill() -> uuid.UUID:
    now = timezone.now()
    job = make_job(schedule="0 * * * *")
    return backfill_job(
        job, actor=BOSS, now=now, start=now - timedelta(days=2), end=now - timedelta(hours=1)
    ).pk


def _changed() -> uuid.UUID:
    job = make_job(description="as it was")
    update_job(job, {"description": "as it is"}, actor=BOSS, now=timezone.now())
    return job.pk


def _paused_queue() -> str:
    pause_queue("default", actor=BOSS, reason="", until=None, now=timezone.now())
    return "default"


def _token() -> uuid.UUID:
    another = User.objects.create_user("another")
    return create_token(another, name="ci", actor=BOSS, now=timezone.now()).token.pk


def _discarded() -> Sent:
    run = make_run(state="failed", resolved_at=timezone.now(), resolution="discarded: known")
    return Sent(body={"ids": [str(run.pk)]})


def _acknowledged() -> Sent:
    return Sent(str(acknowledge_alert(make_alert(), actor=BOSS, now=timezone.now()).pk))


def _acknowledged_cause() -> Sent:
    alert = acknowledge_alert(make_alert(), actor=BOSS, now=timezone.now())
    return Sent(body={"cause": alert.cause})


# What is answered to a key is kept: not so the secret of a new token, nor those that are revealed.
UNKEYED = re.compile(r"api/v1/(tokens/|.*/reveal/)$")

POSTS: dict[str, Callable[[], Sent]] = {
    "api/v1/jobs/": lambda: Sent(body=NEW),
    "api/v1/secret-keys/rotate/": _sealed_before,
    "api/v1/secrets/": lambda: Sent(body={"name": "db", "value": "corr3ct-h0rse"}),
    "api/v1/calendars/": lambda: Sent(body={"name": "plant", "weekdays": ["SUN"]}),
    "api/v1/pools/": lambda: Sent(body={"name": "gpu", "slots": 2}),
    "api/v1/channels/": lambda: Sent(
        body={"name": "ops", "kind": "email", "address": "ana@example.com"}
    ),
    "api/v1/channels/<str:name>/test/": lambda: Sent(make_channel().pk),
    "api/v1/routes/": lambda: Sent(body={"name": "all", "channel": make_channel().pk}),
    "api/v1/jobs/<uuid:job_id>/run/": lambda: Sent(make_job().pk, {"params": {"n": 1}}),
    "api/v1/jobs/<uuid:job_id>/pause/": lambda: Sent(make_job().pk, {"reason": "freeze"}),
    "api/v1/jobs/<uuid:job_id>/resume/": lambda: Sent(_paused().pk),
    "api/v1/jobs/<uuid:job_id>/cancel-runs/": lambda: Sent(make_run().job.pk),
    "api/v1/jobs/<uuid:job_id>/unarchive/": lambda: Sent(
        make_job(archived_at=timezone.now(), enabled=False).pk
    ),
    "api/v1/jobs/<uuid:job_id>/backfill/": lambda: Sent(
        make_job(schedule="0 * * * *").pk, _range()
    ),
    "api/v1/jobs/<uuid:job_id>/versions/<int:version>/restore/": lambda: Sent(_changed()),
    "api/v1/backfills/<uuid:backfill_id>/cancel/": lambda: Sent(_backfill()),
    "api/v1/runs/<uuid:run_id>/cancel/": lambda: Sent(make_run().pk),
    "api/v1/runs/<uuid:run_id>/rerun/": lambda: Sent(_failed().pk, {"params": {"n": 1}}),
    "api/v1/dead-letters/requeue/": lambda: _dead({}),
    "api/v1/dead-letters/discard/": lambda: _dead({"reason": "known"}),
    "api/v1/dead-letters/undo-discard/": _discarded,
    "api/v1/bulk/": lambda: Sent(body={"verb": "pause", "filter": {}}),
    "api/v1/bulk/<uuid:bulk_id>/cancel/": lambda: Sent(
        begin_bulk("pause", {}, {}, actor=BOSS, now=timezone.now()).pk
    ),
    "api/v1/queues/<str:name>/pause/": lambda: Sent("default", {"reason": "freeze"}),
    "api/v1/queues/<str:name>/resume/": lambda: Sent(_paused_queue()),
    "api/v1/workers/<path:name>/shutdown/": lambda: Sent(make_worker().name),
    "api/v1/alerts/<int:alert_id>/acknowledge/": lambda: Sent(
        str(make_alert().pk), {"reason": "known"}
    ),
    "api/v1/alerts/<int:alert_id>/undo-acknowledge/": _acknowledged,
    "api/v1/alerts/causes/acknowledge/": lambda: Sent(body={"cause": make_alert().cause}),
    "api/v1/alerts/causes/undo-acknowledge/": _acknowledged_cause,
    "api/v1/tokens/<uuid:token_id>/revoke/": lambda: Sent(_token()),
    "api/v1/import/": lambda: Sent(body=FILE),
    "api/v1/tasks": lambda: Sent(body={"type": "EchoTask", "name": "welcome", "payload": {}}),
    "jobs": lambda: Sent(body={"type": "EchoTask", "name": "welcome", "payload": {}}),
    "v1/jobs": lambda: Sent(body={"name": "backup", "cron_expression": "0 2 * * *"}),
    "v1/scheduler/jobs": lambda: Sent(
        body={"job": {"name": "backup", "cron_expression": "0 2 * * *"}}
    ),
}


def _posts(found: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """The address of each view of the API that takes a POST."""
    for each in found:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _posts(each.url_patterns, route)
        elif (
            (view := getattr(each.callback, "cls", None))
            and issubclass(view, APIView)
            and hasattr(view, "post")
        ):
            yield route


EVERY = sorted({route for route in _posts(get_resolver().url_patterns) if not UNKEYED.match(route)})


def _path(route: str, thing: object) -> str:
    begin, bracket, rest = route.partition("<")
    if not bracket:
        return f"/{route}"
    end = rest.partition(">")[2].replace("<int:version>", "1")
    return f"/{begin}{thing}{end}"


def test_the_table_has_no_address_that_is_gone() -> None:
    assert POSTS.keys() == set(EVERY)


@pytest.mark.parametrize("route", EVERY)
def test_sent_again_with_its_key_it_does_nothing_again(
    route: str, api: Api, broker: RedisServer
) -> None:
    sent = POSTS[route]()
    path, before = _path(route, sent.thing), _traces()
    first = api.post(path, sent.body, idempotency_key="order-7")
    done = _traces()
    assert first.status_code in {200, 201}, first.content
    assert done != before
    again = api.post(path, sent.body, idempotency_key="order-7")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (again["Idempotent-Replayed"], again.get("Location")) == ("true", first.get("Location"))
    other = api.post(path, {"something": "else"}, idempotency_key="order-7")
    assert (other.status_code, fields_at_fault(other)) == (409, ["Idempotency-Key"])
    assert _traces() == done


def _traces() -> tuple[int, ...]:
    """What an action leaves behind."""
    return tuple(model.objects.count() for model in (AuditEntry, Job, Run))


def test_the_document_says_so_of_each_post_and_of_nothing_else() -> None:
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    keyed = {
        (path, method): any(
            parameter["name"] == "Idempotency-Key" for parameter in described.get("parameters", [])
        )
        for path, methods in paths.items()
        for method, described in methods.items()
    }
    assert keyed == {
        (path, method): method == "post" and not UNKEYED.match(path[1:]) for path, method in keyed
    }


def test_a_file_that_is_uploaded_again_is_imported_once(api: Api) -> None:
    answers = [_upload(api, "order-7", b'{"format": "beatwright/1", "jobs": []}') for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1]["Idempotent-Replayed"] == "true"
    other = _upload(api, "order-7", b'{"format": "beatwright/1", "jobs": [1]}')
    assert (other.status_code, fields_at_fault(other)) == (409, ["Idempotency-Key"])


def test_a_refused_import_is_not_remembered(api: Api) -> None:
    refused = _upload(api, "order-7", b'{"format": "beatwright/1", "jobs": [{"name": "a"}]}')
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert _upload(api, "order-7", b'{"format": "beatwright/1", "jobs": []}').status_code == 200


def test_a_dry_run_is_another_request_than_the_import(api: Api) -> None:
    assert api.post("import/?dry_run=true", FILE, idempotency_key="order-7").status_code == 200
    assert fields_at_fault(api.post("import/", FILE, idempotency_key="order-7")) == [
        "Idempotency-Key"
    ]


def _upload(api: Api, key: str, content: bytes) -> Any:
    file = SimpleUploadedFile("schedule.json", content)
    return api.upload("import/", file, idempotency_key=key)
