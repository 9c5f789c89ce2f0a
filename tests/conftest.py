"""Fixtures for every tier.

A test's tier is its folder; integration tests get the database without asking.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page

from jobs.dispatch.brokers.gate import gate
from tests.support import browser, environment
from tests.support.emptying import Emptying
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.site import Site

# No deadline: on a busy machine it fails what is right. In CI the same examples every time.
hypothesis.settings.register_profile("ours", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("ours")

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """xdist sends reports as UTF-8; some tests print on purpose what that cannot carry."""
    report = yield
    report.sections = [
        (name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite in a file, as it is used: in memory, it knows neither WAL nor a second connection."""
    default = settings.DATABASES["default"]
    if default["ENGINE"].endswith("sqlite3"):
        default["TEST"] = default.get("TEST", {}) | {
            "NAME": str(settings.DATA_DIR / "test.sqlite3")
        }


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Databases that are emptied quickly."""
    Emptying().install()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are no part of a test's name: gzip's hold the time, and two processes would name a test
    differently.
    """
    return "bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis where the settings expect the embedded one: what this process publishes arrives
    there.
    """
    server = RedisServer(settings.DATA_DIR / "redis").start()
    yield server
    server.stop()


@pytest.fixture
def broker(redis_server: RedisServer) -> RedisServer:
    """The same, empty, and running even if an earlier test killed it; nobody in this process
    remembers that.
    """
    gate.is_doubtful = False
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


@pytest.fixture(scope="session")
def live_site() -> Iterator[Site]:
    """A site whose web server answers at ``live_site.url``, with the superuser ``admin`` / ``for
    tests only``.

    No scheduler and no worker: start them where a page needs them. One for all tests of the run.
    """
    with Site(environment.database()) as site:
        site.create_admin()
        site.web()
        yield site


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Ends with its module: while it lives, Playwright's event loop keeps Django's ORM from working
    in this thread.
    """
    with browser.chromium() as started:
        yield started


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a browser without cookies; an error on its console fails the test (see
    ``page_watch``).
    """
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC"
    )
    context.set_default_timeout(browser.PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture(autouse=True)
def page_watch(request: pytest.FixtureRequest) -> Iterator[browser.Watch | None]:
    """What went wrong in the test's page: nothing may be left in it at the end.

    Ask for it by name to ``take()``.
    """
    if "page" not in request.fixturenames:
        yield None
        return
    watch = browser.Watch(request.getfixturevalue("page"))
    yield watch
    assert watch.errors == []


@pytest.fixture
def signed_in_page(page: Page, page_watch: browser.Watch, live_site: Site) -> Page:
    """A page on the console of ``live_site``, as its superuser."""
    browser.sign_in(page, live_site.url, "admin", "for tests only")
    return page
