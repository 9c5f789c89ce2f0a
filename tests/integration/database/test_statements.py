"""A statement of a request that takes too long is given up, on either database, and whoever asked
is told so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections
from django.test import Client

from jobs.access.roles import Role
from jobs.database import sessions
from jobs.database.locks import is_statement_timeout
from tests.support.api import Api

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) "
    "FROM n",
    "postgresql": "SELECT pg_sleep(100000)",
}


@pytest.fixture(autouse=True)
def _limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process answers requests, whose statements have less time than usual."""
    monkeypatch.setattr(sessions._Process, "answers_requests", True)
    monkeypatch.setattr(sessions, "REQUEST_STATEMENT_SECONDS", 1.0)
    connections.close_all()
    yield
    monkeypatch.undo()
    connections.close_all()
    if connection.vendor == "sqlite":
        sessions._limit(_opened())


def _opened() -> Any:
    connection.ensure_connection()
    return connection


def never_ends(*arguments: Any, **options: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(ENDLESS[connection.vendor])
        return cursor.fetchall()


def test_it_ends_with_an_error_and_the_next_one_is_answered() -> None:
    for _ in range(2):
        with pytest.raises(OperationalError) as given_up:
            never_ends()
        assert is_statement_timeout(given_up.value)
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT 7") is not None
        assert cursor.fetchone()[0] == 7


def test_a_page_of_the_console_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.admin.search.find_jobs", never_ends)
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    answer = client.get("/admin/search/", {"q": "x"})
    assert answer.status_code == 503
    assert "longer than one request is allowed" in answer.content.decode()


def test_the_api_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.api.views.job.jobs.list_jobs", never_ends)
    answer = Api(Role.VIEWER).get("jobs/")
    assert answer.status_code == 503
    assert "longer than one request is allowed" in answer.json()["detail"]
