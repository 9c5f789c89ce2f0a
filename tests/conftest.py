"""Fixtures for every tier. A test's tier is its folder; integration tests get the database without asking."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer

TESTS = Path(__file__).parent
TIERS = ("unit", "integration", "acceptance", "browser", "architecture")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        tier = item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""
        if tier in TIERS:
            item.add_marker(tier)
        if tier == "integration" and not item.get_closest_marker("django_db"):
            # Committed for real, over both connections, as in production; emptied after each test.
            item.add_marker(pytest.mark.django_db(transaction=True, databases="__all__"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, as it is used: in memory, it knows neither WAL nor a second connection."""
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        default["TEST"] = default.get("TEST", {}) | {"NAME": str(settings.DATA_DIR / "test.sqlite3")}


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis where the settings expect the embedded one: what this process publishes arrives there."""
    server = RedisServer(settings.DATA_DIR / "redis").start()
    yield server
    server.stop()


@pytest.fixture
def broker(redis_server: RedisServer) -> RedisServer:
    """The same, empty, and running even if an earlier test killed it."""
    if not redis_server.is_running:
        redis_server.start()
    redis_server.flush()
    return redis_server


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, which it may stop and start."""
    server = PostgresServer()
    yield server
    server.close()
