"""From a crontab to jobs at the console, one line of it wrong. With JavaScript, and without."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

CRONTAB = """# moved from the old machine
CRON_TZ=Europe/Berlin
30 2 * * * /usr/local/bin/backup --all
61 * * * * /usr/local/bin/never
@hourly cd /srv/app && ./hourly.sh
"""


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def console(request: pytest.FixtureRequest, chromium: Browser, live_site: Site) -> Iterator[Page]:
    """A signed-in page; what goes wrong in it fails the test."""
    context = chromium.new_context(
        java_script_enabled=request.param == "with JavaScript",
        viewport={"width": 1280, "height": 900},
    )
    context.set_default_timeout(browser.PATIENCE_MS)
    page = context.new_page()
    watch = browser.Watch(page)
    browser.sign_in(page, live_site.url, "admin", "for tests only")
    yield page
    context.close()
    assert watch.errors == []


def paste(page: Page, site: Site, text: str, name: str) -> None:
    page.goto(f"{site.url}/admin/beatwright/import/")
    page.get_by_label("Or paste the text").fill(text)
    page.get_by_label("Source name").fill(name)
    page.get_by_role("button", name="Dry run").click()


def test_25_the_bad_line_is_named_the_good_ones_applied_and_the_same_again_is_0_changes(
    console: Page, live_site: Site, request: pytest.FixtureRequest
) -> None:
    page, name = console, f"crontab-{'plain' if 'without' in request.node.name else 'script'}"
    paste(page, live_site, CRONTAB, name)
    expect(page.get_by_test_id("problems")).to_contain_text("Line 4")
    expect(page.get_by_test_id("problems")).to_contain_text("Minute: 61 is above 59")
    expect(page.get_by_test_id("problems")).to_contain_text("61 * * * * /usr/local/bin/never")
    expect(page.get_by_test_id("change")).to_have_count(2)
    assert live_site.query("SELECT name FROM beatwright_job WHERE source = %s", name) == []

    page.get_by_label("Apply crontab").nth(1).uncheck()
    page.get_by_role("button", name="Apply selected").click()
    expect(page.get_by_test_id("result")).to_have_text("1 created")
    paste(page, live_site, CRONTAB, name)
    page.get_by_role("button", name="Apply selected").click()
    page.get_by_role("link", name=f"{name}:cd /srv/app && ./hourly.sh").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name}:cd /srv/app && ./hourly.sh")

    paste(page, live_site, CRONTAB, name)
    expect(page.get_by_test_id("no-changes")).to_contain_text("No changes")
    expect(page.get_by_test_id("problems")).to_contain_text("Line 4")
    stored = live_site.query(
        "SELECT schedule, timezone FROM beatwright_job WHERE source = %s ORDER BY schedule", name
    )
    assert [(row["schedule"], row["timezone"]) for row in stored] == [
        ("30 2 * * *", "Europe/Berlin"),
        ("@hourly", "Europe/Berlin"),
    ]


def test_the_page_is_found_in_the_side_bar(signed_in_page: Page, live_site: Site) -> None:
    signed_in_page.locator("#nav-sidebar").get_by_text("Import", exact=True).click()
    expect(signed_in_page).to_have_url(f"{live_site.url}/admin/beatwright/import/")
    expect(signed_in_page.get_by_role("heading", level=1)).to_have_text("Import")
