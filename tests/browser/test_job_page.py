"""One job in a browser, and both pages of detail before axe-core."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support import browser
from tests.support.sessions import signed_in
from tests.support.shown import never_meant
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=3, reason="a browser and a server for seconds each"),
    pytest.mark.takes_turns(reason="a browser and a server for seconds each"),
]

LONG = "a name of two hundred characters " * 6
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from jobs.maintenance.rollups import RollUps
from jobs.models import *
from tests.support.builders import *
now = timezone.now()
make_leader(expires_at=now + timedelta(hours=1))
make_worker(heartbeat_at=now + timedelta(hours=1))
busy = make_job(name="busy", schedule="30 2 * * *", timezone="Europe/Berlin", tags=["fin"],
    description="Syncs.")
make_job(name="idle", schedule="@daily")
long = make_job(name={LONG[:200]!r}, params={{f"field {{n}}": "value " * 20 for n in range(200)}},
    schedule="@manual")
STATES = ["succeeded", "succeeded", "failed", "succeeded", "timed_out", "skipped", "cancelled"]
for n in range(65):
    state = STATES[n % 7]
    began = now - timedelta(hours=66 - n)
    ran = {{}} if state == "skipped" else dict(started_at=began, attempt=1, publish_count=1)
    run = make_run(busy, state=state, scheduled_for=began, created_at=began,
                   finished_at=began + timedelta(seconds=30 + n), **ran,
                   error="TimeoutError: connect db2" if state == "failed" else "",
                   fingerprint="ab" * 20,
                   reason="overlap: the run before was not over" if state == "skipped" else "")
make_run(busy, state="running", started_at=now - timedelta(seconds=40), attempt=1, publish_count=1,
         worker="celery@w1", progress={{"current": 41, "total": 50, "message": "page 41 of 50"}},
         lease_expires_at=now + timedelta(hours=1))
many = make_run(long, state="failed", attempt=200, publish_count=200, failures=199, error="X" * 400,
                started_at=now - timedelta(minutes=1), finished_at=now,
                scheduled_for=now - timedelta(hours=2))
for n in range(1, 201):
    make_attempt(many, n, outcome="failed", date_started=now - timedelta(seconds=7_200 - 36 * n),
                 traceback='Traceback (most recent call last):\\n'
                           '  File "/venv/lib/python3.11/site-packages/celery/app/trace.py", '
                           'line 4, in t\\n    fun()\\n  File "/app/x.py", line 1, in f\\n'
                           '    g()\\nValueError: no')
def line(n):
    level = "ERROR" if n % 9 == 0 else "INFO"
    return f"2026-01-31T09:15:00.123Z {{level}} line {{n}} {{'long ' * (n % 60)}}\\n"
make_log(many, *map(line, range(300)), attempt=200)
while RollUps().run_once(now=now).get("runs"):
    pass
"""
LOOKS = {
    "light": (1440, "light"),
    "dark": (1440, "dark"),
    "narrow": (320, "light"),
    "narrow and dark": (320, "dark"),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own: a busy job, an idle one, and one that is too much of
    everything.
    """
    with Site("sqlite") as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        yield started


def job_page(site: Site, name: str) -> str:
    [job] = site.query("SELECT id FROM beatwright_job WHERE name = %s", name)
    return f"{site.url}/admin/beatwright/job/{job['id']}/"


def names(page: Page, hook: str) -> list[str]:
    return page.get_by_test_id(hook).evaluate_all(
        "all => all.map((one) => one.getAttribute('aria-label'))"
    )


def test_check_19_sixty_bars_and_ninety_cells_have_names_and_tables_with_the_same_numbers(
    console: Page, site: Site
) -> None:
    console.goto(job_page(site, "busy"))
    bars, cells = names(console, "bar"), names(console, "cell")
    assert (len(bars), len(cells)) == (60, 90)
    assert all(bars + cells)

    console.get_by_text("Show as a table, with a legend").click()
    rows = console.get_by_test_id("bars-table").locator("tbody tr")
    assert rows.count() == 60
    took = rows.nth(1).locator("td").last.inner_text()
    assert took in bars[-2]

    console.get_by_test_id("heat").get_by_text("Show as a table").click()
    first = console.get_by_test_id("heat-table").locator("tbody tr").first
    succeeded = first.locator("td").nth(1).inner_text()
    assert f"{succeeded} succeeded" in next(
        name for name in reversed(cells) if "no run finished" not in name
    )
    expect(console.get_by_test_id("skips")).to_contain_text("overlap: the run before was not over")


def test_check_19_a_bar_leads_to_its_run_and_the_days_can_show_something_else(
    console: Page, site: Site
) -> None:
    console.goto(job_page(site, "busy"))
    console.get_by_role("link", name="duration").click()
    expect(console.get_by_role("link", name="duration")).to_have_attribute("aria-current", "true")
    console.get_by_test_id("bar").nth(3).click()
    console.wait_for_url("**/beatwright/run/**")


def test_run_now_shows_the_params_and_leads_to_the_run_in_two_clicks(
    console: Page, site: Site
) -> None:
    console.goto(job_page(site, "idle"))
    expect(console.get_by_test_id("never-ran")).to_contain_text("Its first run is in")
    console.get_by_test_id("run-now").click()
    console.get_by_label("Params for this run").fill('{"payload": "by hand"}')
    console.get_by_test_id("run-now-sure").click()
    console.wait_for_url("**/beatwright/run/**")
    expect(console.get_by_test_id("params")).to_contain_text("by hand")


def test_check_30_times_of_both_pages_follow_the_choice(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(
        timezone_id="Asia/Tokyo", viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    signed_in(page, site)
    for url in (
        job_page(site, "busy"),
        f"{site.url}/admin/beatwright/run/{site.runs('busy')[0]['id']}/",
    ):
        page.goto(url)
        texts = {}
        for choice in ("Job", "Mine"):
            page.get_by_role("button", name=choice, exact=True).click()
            page.wait_for_load_state()
            texts[choice] = page.locator("#content time").all_inner_texts()
        assert any("CET" in text or "CEST" in text for text in texts["Job"])
        assert any("JST" in text for text in texts["Mine"])
        assert never_meant(page.locator("#content").inner_text()) == []
    context.close()


@pytest.mark.parametrize(
    "look",
    [
        "dark",
        *(pytest.param(look, marks=browser.ONE_MORE_LOOK) for look in LOOKS if look != "dark"),
    ],
)
def test_check_29_axe_finds_nothing_serious_on_the_pages_of_a_job_and_a_run(
    chromium: Browser, site: Site, look: str
) -> None:
    width, theme = LOOKS[look]
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    signed_in(page, site)
    page.evaluate(f"localStorage.setItem('_x_adminTheme', '\"{theme}\"')")
    for name, url in pages(site).items():
        page.goto(url)
        page.wait_for_timeout(300)
        assert complaints(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        browser.screenshot(page, f"{name}-{look.replace(' ', '-')}")
    context.close()


def pages(site: Site) -> dict[str, str]:
    runs = f"{site.url}/admin/beatwright/run/"
    by_state = {run["state"]: run["id"] for run in site.runs("busy")}
    overfull = site.runs(LONG[:200])[0]["id"]
    return {
        "job-busy": job_page(site, "busy"),
        "job-idle": job_page(site, "idle"),
        "job-overfull": job_page(site, LONG[:200]),
        "run-running": f"{runs}{by_state['running']}/",
        "run-failed": f"{runs}{by_state['failed']}/",
        "run-skipped": f"{runs}{by_state['skipped']}/",
        "run-overfull": f"{runs}{overfull}/",
        "run-rerun": f"{runs}{overfull}/rerun/",
    }


def complaints(page: Page) -> list[str]:
    """What axe finds serious or critical, each with the first element it is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{item['id']}: {item['nodes'][0]['html'][:200]} {item['nodes'][0]['failureSummary'][:300]}"
        for item in found
        if item["impact"] in {"serious", "critical"}
    ]
