"""Everything that matches, in a browser: asked for below the list, followed on a page of its own,
stopped.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.sessions import signed_in
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

LIST = "/admin/beatwright/job/"
JOBS = 1_200
SEED = f"""
from tests.support.builders import *
for number in range({JOBS}):
    make_job(name=f"report-{{number:04}}", schedule="0 4 * * *", queue="night")
make_job(name="other")
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own with more jobs than are counted, and a scheduler."""
    with Site() as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        started.scheduler()
        yield started


def paused(site: Site) -> int:
    return int(site.query("SELECT count(*) AS n FROM beatwright_job WHERE NOT enabled")[0]["n"])


def test_14_all_that_match_are_paused_and_the_page_follows_to_the_end(
    console: Page, site: Site
) -> None:
    page = console
    page.goto(f"{site.url}{LIST}?queue=night")
    page.get_by_text("All 1,000+ matching…").click()
    page.get_by_role("button", name="Pause… all matching").click()
    expect(page.get_by_role("heading", name="Pause all 1,000+ matching jobs")).to_be_visible()
    expect(page.get_by_test_id("matching")).to_contain_text("queue: night")
    page.get_by_label("Reason").fill("freeze")
    page.get_by_role("button", name="Pause", exact=True).click()

    expect(page.get_by_test_id("bulk")).to_be_visible()
    expect(page.get_by_test_id("percent")).to_have_text("100 %", timeout=90_000)
    expect(page.get_by_test_id("bulk")).to_have_attribute("data-state", "done")
    expect(page.get_by_test_id("done")).to_have_text("1,200")
    assert paused(site) == JOBS

    page.goto(f"{site.url}/admin/beatwright/auditentry/?verb=begin_bulk")
    entry = page.locator("tbody tr").filter(has_text="pause jobs: queue=night")
    expect(entry).to_have_count(1)
    expect(entry).to_contain_text("filter")


def test_14_without_javascript_it_is_begun_and_cancelled(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    signed_in(page, site)
    page.goto(f"{site.url}{LIST}?queue=night")
    page.get_by_text("All 1,000+ matching…").click()
    page.get_by_role("button", name="Add tag… all matching").click()
    page.get_by_label("Tags, separated by commas").fill("reviewed")
    page.get_by_role("button", name="Add tag", exact=True).click()
    page.get_by_text("Cancel…").click()
    page.get_by_role("button", name="Cancel this operation").click()
    expect(page.get_by_test_id("bulk")).to_have_attribute("data-state", "cancelled")
    expect(
        page.get_by_text("Cancelled. Items that were not processed yet stay unchanged.")
    ).to_be_visible()
    context.close()
