"""/livez, /readyz and /healthz: who may ask, what they are told, and that they are not held up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jobs.queries.health.installation.database import _Migrated
from tests.support.builders import make_job, make_leader, make_run, make_worker
from tests.support.redis import RedisServer


def test_livez_asks_nothing_and_nobody(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/livez", headers={"host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": []})
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_are_answered_by_address_and_without_https(
    client: Client, settings: Settings, path: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(path, headers={"host": "10.1.2.3:8000"}).status_code == 200
    assert client.post(path).status_code == 405


def test_healthz_names_what_is_wrong(client: Client, broker: RedisServer) -> None:
    make_leader()
    make_worker("default")
    make_run(make_job(queue="reports"), scheduled_for=timezone.now() - timedelta(minutes=1))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    failing = {
        check["check"]: check["detail"] for check in answer.json()["checks"] if not check["ok"]
    }
    assert failing == {
        "scheduler": "no scheduler has ever run",
        "queues": "runs are waiting in reports, but no worker consumes it",
    }
    assert answer.json()["status"] == "failing"


def test_a_database_that_is_away_is_told_without_saying_where_it_is(
    client: Client, broker: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Migrated, "seen", True)
    secret = "connection to db.internal failed for user beatwright"

    connections.close_all()

    def refuse(*_: object) -> None:
        raise OperationalError(secret)

    monkeypatch.setattr(type(connections["default"]), "get_new_connection", refuse)
    answers = [client.get("/readyz"), client.get("/healthz")]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert secret not in "".join(answer.text for answer in answers)
    assert "the database does not answer" in answers[1].text
