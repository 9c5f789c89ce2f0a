"""The way in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import Watch
from tests.support.eventually import eventually
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")


def test_the_first_page_asks_who_is_there(page: Page, live_site: Site) -> None:
    page.goto(live_site.url)
    expect(page).to_have_url(f"{live_site.url}/admin/login/?next=/admin/")


def test_a_wrong_password_is_refused(page: Page, live_site: Site) -> None:
    page.goto(f"{live_site.url}/admin/login/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").first.fill("wrong")
    page.locator("button[type=submit], input[type=submit]").first.click()
    expect(page.locator("body")).to_contain_text("Please enter the correct username and password")


def test_signing_in_leads_to_the_console(signed_in_page: Page, live_site: Site) -> None:
    expect(signed_in_page).to_have_url(f"{live_site.url}/admin/")


def test_a_request_to_another_host_is_caught(
    page: Page, page_watch: Watch, live_site: Site
) -> None:
    page.goto(f"{live_site.url}/admin/login/")
    page.evaluate("fetch('http://other.invalid/').catch(() => null)")
    eventually(lambda: any("http://other.invalid/" in error for error in page_watch.errors))
    assert page_watch.take()
