"""Below a path prefix: what scripts do stays below it, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support import browser
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

PREFIX = "/sched"


@pytest.fixture(scope="module")
def prefixed() -> Iterator[Site]:
    with Site("sqlite", env={"URL_PREFIX": PREFIX}) as site:
        site.create_admin()
        site.web()
        yield site


def test_keys_search_and_the_zone_cookie_stay_below_it(prefixed: Site, page: Page) -> None:
    console = f"{prefixed.url}{PREFIX}"
    page.goto(f"{console}/admin/")
    browser.log_in(page, "admin", "for tests only")
    page.wait_for_url(f"{console}/admin/")
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.wait_for_url(f"{console}/admin/beatwright/job/")
    with page.expect_response(lambda answer: "/search/" in answer.url) as answered:
        page.keyboard.press("/")
        page.locator("#find").type("x")
    assert answered.value.url.startswith(f"{console}/admin/search/")
    assert answered.value.ok
    expect(page.locator("#found")).to_be_visible()
    zone = [cookie for cookie in page.context.cookies() if cookie["name"] == "zone"]
    assert [cookie["path"] for cookie in zone] == [f"{PREFIX}/"]
