"""The list of runs in a browser: finding, peeking, selecting, exporting."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import browser
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=5, reason="a browser and a server for seconds each"),
    pytest.mark.takes_turns(reason="a browser and a server for seconds each"),
]

LIST = "/admin/beatwright/run/"
SEED = """
from datetime import timedelta
from django.utils import timezone
from tests.support.builders import *
make_leader(expires_at=timezone.now() + timedelta(hours=1))
now = timezone.now()
job = make_job(name="billing-sync", queue="night")
for number in range(70):
    make_run(job, state="failed" if number % 10 == 0 else "succeeded", worker=f"w{number % 3}@here",
             started_at=now - timedelta(minutes=number), finished_at=now, attempt=1,
             error="ReadTimeout: db2" if number % 10 == 0 else "", params={"customer": number})
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site with seventy runs, and nothing at work."""
    with Site() as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        yield started


def open_list(page: Page, site: Site, query: str = "") -> None:
    page.goto(f"{site.url}{LIST}{query}")


def refreshed(page: Page) -> None:
    with page.expect_response(lambda response: "/run/_f/rows/" in response.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    browser.digest(page)


def test_the_count_says_what_the_rows_are_and_words_become_chips(console: Page, site: Site) -> None:
    open_list(console, site)
    # Other tests of this site start runs as well.
    expect(console.get_by_test_id("count")).to_have_text(f"{len(site.runs())} runs")
    expect(console.get_by_test_id("run-row")).to_have_count(50)
    field = console.get_by_role("searchbox", name="Search runs")
    field.fill("error:ReadTimeout duration:>25m db2")
    field.press("Enter")
    expect(console.get_by_test_id("count")).to_have_text("4 runs")
    expect(console.get_by_test_id("run-row")).to_have_count(4)
    console.get_by_role("link", name="Clear duration: >25m").click()
    expect(console.get_by_test_id("count")).to_have_text("7 runs")
    expect(console.get_by_test_id("run-row")).to_have_count(7)


def test_space_peeks_and_escape_gives_the_focus_back(console: Page, site: Site) -> None:
    open_list(console, site, "?state=failed")
    row = console.get_by_test_id("run-row").first
    row.get_by_role("link", name=re.compile("^Run ")).focus()
    console.keyboard.press("Space")
    peek = console.get_by_test_id("peek")
    expect(peek).to_contain_text("ReadTimeout: db2")
    expect(peek).to_contain_text("customer")
    console.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    expect(row.get_by_role("link", name=re.compile("^Run "))).to_be_focused()
    row.get_by_role("link", name=re.compile("^Peek")).click()
    peek.get_by_role("link", name="Open the run").click()
    expect(console).to_have_url(re.compile(r"/run/[0-9a-f-]{36}/$"))


def test_without_javascript_a_peek_is_a_page_and_many_runs_are_rerun(
    plain_page: Page, site: Site
) -> None:
    open_list(plain_page, site, "?state=failed")
    rows = plain_page.get_by_test_id("run-row")
    rows.first.get_by_role("link", name=re.compile("^Peek")).click()
    expect(plain_page.get_by_test_id("peek")).to_contain_text("ReadTimeout: db2")
    plain_page.go_back()
    for number in range(2):
        rows.nth(number).get_by_role("checkbox").check()
    plain_page.get_by_role("button", name="Rerun…", exact=True).click()
    expect(plain_page.get_by_role("heading", name="Rerun 2 runs?").first).to_be_visible()
    plain_page.get_by_role("button", name="Rerun 2 runs").click()
    expect(plain_page).to_have_url(re.compile("/bulk/"))


def test_a_refresh_keeps_what_is_selected(console: Page, site: Site) -> None:
    open_list(console, site)
    ticks = console.locator("tbody .c-tick input")
    for number in (1, 3):
        ticks.nth(number).check()
    expect(console.locator("[data-tick-count]")).to_have_text("2 selected:")
    site.python("from tests.support.builders import *\nmake_run()")
    refreshed(console)
    assert ticks.evaluate_all("all => all.filter((tick) => tick.checked).length") == 2
    expect(console.locator("[data-live-new=runs]")).to_have_text("1 new")
    expect(console.locator("[data-tick-count]")).to_have_text("2 selected:")


def test_the_file_says_what_the_rows_say(console: Page, site: Site, tmp_path: Path) -> None:
    open_list(console, site, "?queue=night&state=failed&columns=job,worker,note")
    rows = console.get_by_test_id("run-row")
    shown = [
        [cell.strip() for cell in row.locator("td[data-label]").all_inner_texts()][1:]
        for row in rows.all()
    ]
    with console.expect_download() as download:
        console.get_by_test_id("csv").click()
    download.value.save_as(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(newline="") as file:
        written = [[row["job"], row["worker"], row["note"]] for row in csv.DictReader(file)]
    assert written == shown
    assert len(written) == 7


def test_columns_and_views_are_kept(console: Page, site: Site) -> None:
    open_list(console, site, "?state=failed")
    console.get_by_test_id("columns").locator("summary").click()
    console.get_by_test_id("columns").get_by_label("Queue").check()
    console.get_by_role("button", name="Show these").click()
    expect(console.locator("thead")).to_contain_text("Queue")
    console.get_by_test_id("save-view").locator("summary").click()
    console.get_by_label("Name").fill("night failures")
    console.get_by_role("button", name="Save this view").click()
    open_list(console, site)
    console.get_by_role("link", name="night failures").click()
    expect(console.get_by_test_id("count")).to_have_text("7 runs")
    expect(console.get_by_role("link", name="night failures")).to_have_attribute(
        "aria-current", "page"
    )


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_the_list_and_the_drawer_are_accessible(console: Page, site: Site, look: str) -> None:
    if look == "narrow":
        console.set_viewport_size({"width": 320, "height": 640})
    console.goto(f"{site.url}{LIST}")
    theme = "dark" if look == "dark" else "light"
    console.evaluate("theme => localStorage.setItem('_x_adminTheme', JSON.stringify(theme))", theme)
    open_list(console, site, "?q=db2&state=failed")
    expect(console.get_by_test_id("run-row").first).to_be_visible()
    if look == "narrow":
        assert console.evaluate("document.documentElement.scrollWidth") <= 320
    assert browser.complaints(console) == []
    console.get_by_role("link", name=re.compile("^Peek")).first.click()
    expect(console.get_by_test_id("peek")).to_be_visible()
    assert browser.complaints(console) == []
