"""The night in a browser: the fullest hour, its jobs, spreading it, and taking that back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support import browser
from tests.support.eventually import eventually
from tests.support.sessions import signed_in
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=5, reason="a browser and a server for seconds each"),
    pytest.mark.timeout(300),
    pytest.mark.takes_turns(reason="a browser and a server for seconds each"),
]
MANY = 890
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from jobs.models import *
from tests.support.builders import *
now = timezone.now()
make_worker(heartbeat_at=now + timedelta(hours=1))
jobs = [Job(name=f"night {{n:03}}", task="EchoTask", schedule="0 2 * * *", created_at=now)
        for n in range({MANY})]
Job.objects.bulk_create(jobs)
JobState.objects.follow([(job, None) for job in jobs], now=now)
JobHealth.objects.update(p50_ms=20_000, p95_ms=50_000)
fixed = make_job(name="fixed one", schedule="30 2 * * *", tags=["fixed"])
hourly = make_job(name="hourly", schedule="15 * * * *", queue="mail")
for n in range(1, 6):
    began = now - timedelta(minutes=50 * n)
    make_run(hourly, state=["succeeded", "failed", "timed_out", "cancelled", "succeeded"][n - 1],
             scheduled_for=began, started_at=began, finished_at=began + timedelta(minutes=20),
             attempt=1, worker="celery@w1")
make_run(hourly, state="skipped", scheduled_for=now - timedelta(hours=5), finished_at=now)
make_run(hourly, state="running", scheduled_for=now, started_at=now - timedelta(minutes=9),
         attempt=1, worker="celery@w1", lease_expires_at=now + timedelta(hours=1))
"""
WEEK = "?week=2027-01-13&at=2027-01-13T02:00:00Z"
WINDOW = "?from=2027-01-13T02:00Z&to=2027-01-13T03:00Z"
LOOKS = {
    "light": (1440, "light"),
    "dark": (1440, "dark"),
    "narrow": (320, "light"),
    "narrow and dark": (320, "dark"),
}
PAGES = {
    "forecast": f"/admin/beatwright/forecast/{WEEK}",
    "timeline": "/admin/beatwright/timeline/",
    "spread": f"/admin/beatwright/spread/{WINDOW}",
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own, with a night that is too full."""
    with Site("sqlite") as started:
        started.create_admin()
        started.python(SEED)
        started.scheduler()
        started.web()
        yield started


def figure(page: Page, side: int, hook: str) -> int:
    return int(page.get_by_test_id(f"side-{side}").get_by_test_id(hook).inner_text())


def count_at(site: Site, schedule: str) -> int:
    sql = "SELECT count(*) AS jobs FROM beatwright_job WHERE schedule = %s"
    return int(site.query(sql, schedule)[0]["jobs"])


def test_the_fullest_hour_is_the_darkest_cell_and_its_name_has_the_number(
    console: Page, site: Site
) -> None:
    console.goto(f"{site.url}{PAGES['forecast']}")
    cells = console.get_by_test_id("hour")
    expect(cells).to_have_count(168)
    darkest = console.locator("[data-testid=hour][data-level='8']")
    expect(darkest).to_have_count(7)
    jobs = count_at(site, "0 2 * * *")
    for name in darkest.evaluate_all("cells => cells.map(cell => cell.getAttribute('aria-label'))"):
        assert f"02:00: {jobs + 2:,} starts, {jobs:,} of them at 02:00" in name
    shades = console.evaluate(
        """() => [...document.querySelectorAll('[data-testid=hour] rect')].map(
             rect => [getComputedStyle(rect).fill, rect.parentNode.dataset.level])"""
    )
    assert len({fill for fill, level in shades if level == "8"}) == 1
    assert {fill for fill, level in shades if level == "8"}.isdisjoint(
        fill for fill, level in shades if level != "8"
    )


def test_a_click_on_a_cell_lists_its_jobs_and_on_a_minute_fewer(console: Page, site: Site) -> None:
    console.goto(f"{site.url}{PAGES['forecast']}")
    rows = console.get_by_test_id("starts").locator("tbody tr")
    assert rows.count() == 200
    console.locator("[aria-label^='Wed 13 Jan 05:00']").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("hourly")
    console.locator("[data-testid=minute][aria-label='05:14: 0 starts']").click()
    expect(console.get_by_test_id("hour-count")).to_have_text("0 starts")


def test_spreading_lowers_the_peak_is_applied_and_taken_back(console: Page, site: Site) -> None:
    console.goto(f"{site.url}{PAGES['forecast']}")
    console.get_by_test_id("spread").click()
    before = {hook: figure(console, 1, hook) for hook in ("starts-peak", "at-once-peak")}
    after = {hook: figure(console, 2, hook) for hook in ("starts-peak", "at-once-peak")}
    assert before["starts-peak"] == count_at(site, "0 2 * * *") == MANY
    assert after["starts-peak"] == 15
    assert after["at-once-peak"] < before["at-once-peak"] // 10
    left = console.get_by_test_id("left-out").locator("tbody tr").all_inner_texts()
    assert [text.split("\t") for text in left] == [
        ["hourly", "also starts outside this window"],
        ["fixed one", "tagged fixed"],
    ]
    moved = console.locator("[data-figure=spread-changes]").inner_text().split()[0]
    console.get_by_test_id("apply").click()
    expect(console.get_by_test_id("bulk")).to_have_attribute(
        "data-state", "done", timeout=browser.PATIENCE_MS * 4
    )
    assert count_at(site, "0 2 * * *") == MANY - int(moved)
    expect(console.get_by_test_id("done")).to_have_text(moved)
    bulk = console.url
    console.goto(f"{site.url}{PAGES['spread']}")
    assert figure(console, 1, "starts-peak") == after["starts-peak"]
    console.goto(bulk)
    console.get_by_test_id("reverse").click()
    eventually(lambda: count_at(site, "0 2 * * *") == MANY, seconds=60)


def test_bars_have_names_lead_to_their_runs_and_the_table_has_the_same_numbers(
    console: Page, site: Site
) -> None:
    console.goto(f"{site.url}{PAGES['timeline']}?q=hourly&span=24h")
    bars = console.get_by_test_id("bar")
    states = bars.evaluate_all("bars => bars.map(bar => bar.dataset.state)")
    names = bars.evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))")
    assert {"succeeded", "failed", "timed_out", "cancelled", "skipped", "running"} <= {*states}
    assert all(names)
    console.get_by_text("Show as a table").click()
    cells = console.get_by_test_id("timeline-table").locator("tbody td").all_inner_texts()
    assert cells[1:5] == ["6", "2", "1", str(states.count("expected"))]
    running = console.locator("[data-testid=bar][data-state=running]")
    expect(running).to_have_attribute("href", f"/admin/beatwright/run/{_running(site)}/")
    expect(console.get_by_test_id("now")).to_be_attached()


def test_keys_move_the_timeline_and_change_its_length(console: Page, site: Site) -> None:
    console.goto(f"{site.url}{PAGES['timeline']}")
    here = console.locator(".n-zooms [aria-current]")
    expect(here).to_have_text("12h")
    press(console, "+")
    expect(here).to_have_text("6h")
    press(console, "-")
    expect(here).to_have_text("12h")
    span = console.get_by_test_id("span").inner_text()
    press(console, "ArrowLeft")
    expect(console.get_by_test_id("span")).not_to_have_text(span)
    press(console, "0")
    expect(console).to_have_url(f"{site.url}/admin/beatwright/timeline/?")


def press(page: Page, key: str) -> None:
    """Press it and wait for the page to which it leads."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_the_timeline_is_complete_without_javascript(plain_page: Page, site: Site) -> None:
    plain_page.goto(f"{site.url}{PAGES['timeline']}")
    assert plain_page.get_by_test_id("bar").count() > 5
    plain_page.get_by_role("link", name="Zoom in").click()
    expect(plain_page.locator(".n-zooms [aria-current]")).to_have_text("6h")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_the_pages_are_accessible_and_fit_the_screen(
    chromium: Browser, site: Site, name: str, look: str
) -> None:
    width, scheme = LOOKS[look]
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(browser.PATIENCE_MS)
    page = context.new_page()
    signed_in(page, site)
    page.evaluate("theme => localStorage.setItem('_x_adminTheme', JSON.stringify(theme))", scheme)
    page.goto(f"{site.url}{PAGES[name]}")
    found = Axe().run(page).response["violations"]
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    assert bad == [], [(each["id"], each["nodes"][0]["html"][:200]) for each in bad]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def _running(site: Site) -> str:
    return str(site.query("SELECT id FROM beatwright_run WHERE state = 'running'")[0]["id"])
