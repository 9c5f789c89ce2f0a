"""People before the console, and a guard against queries whose cost grows with history."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs.admin.look import header

UNBOUNDED = re.compile(r"\bcount\s*\(|\bdistinct\b|\boffset\b", re.IGNORECASE)
# What is in use of pools is added up over an index that holds what is published or running; what
# waits, to 1,001.
OF_POOLS = '"beatwright_run"."pool"'


@pytest.fixture(autouse=True, scope="session")
def static_root() -> None:
    """WhiteNoise warns of a folder that is not there, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def header_known() -> Iterator[None]:
    """The header is read once in five seconds for everybody: before a test, so that it counts what
    a page asks.
    """
    header.header(timezone.now())
    yield
    cache.clear()


@pytest.fixture
def boss() -> Client:
    """A superuser's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def viewer() -> Client:
    """The browser of somebody who may look at everything of ours and change nothing."""
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(autouse=True)
def no_counting_of_runs() -> Iterator[None]:
    """No page may COUNT, DISTINCT or OFFSET over the runs, whatever it shows."""

    def guard(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        of_runs = (
            "beatwright_run" in sql
            and "SELECT" in sql
            and OF_POOLS not in sql.partition("WHERE")[2]
        )
        assert not (of_runs and UNBOUNDED.search(sql)), f"unbounded over runs: {sql}"
        return execute(sql, params, many, context)

    with connection.execute_wrapper(guard):
        yield
