"""The list of jobs in a browser: finding, acting, what a refresh leaves alone.

Numbers are the acceptance checks'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser
from tests.support.eventually import eventually
from tests.support.sessions import signed_in
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=7, reason="a browser and a server for seconds each"),
    pytest.mark.takes_turns(reason="a browser and a server for seconds each"),
]

LIST = "/admin/beatwright/job/"
JOBS = 120
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from jobs.models import *
from tests.support.builders import *
make_leader(expires_at=timezone.now() + timedelta(hours=1))
for number in range({JOBS}):
    make_job(name=f"report-{{number:03}}", schedule="0 4 * * *", timezone="Europe/Berlin",
        task="LogTask",
             params={{"message": "good morning"}}, tags=["bulk"])
make_job(name="billing-sync-eu", task="LogTask", params={{"message": "hello from the list"}},
    owner="admin")
failing = make_job(name="aaa-failing", task="EchoTask")
ended = [make_run(failing, state=state, started_at=timezone.now(), finished_at=timezone.now())
         for state in ("succeeded", "failed", "failed")]
recent = [RecentRun(run.finished_at, run.pk, RunState(run.state), 1_500).packed() for run in ended]
JobHealth.objects.filter(job=failing).update(consecutive_failures=2, recent=recent, p50_ms=1_500,
    p95_ms=2_000)
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own with more jobs than fit on two pages, and a worker."""
    with Site() as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        started.worker()
        yield started


def open_list(page: Page, site: Site, query: str = "") -> None:
    page.goto(f"{site.url}{LIST}{query}")


def names(page: Page) -> list[str]:
    return page.get_by_test_id("job-row").locator(".c-main > a").all_inner_texts()


def refreshed(page: Page) -> None:
    """Let the page refresh itself, as it does when its tab is seen again."""
    with page.expect_response(lambda response: "/job/_f/rows/" in response.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    browser.digest(page)


def test_02_without_javascript_a_job_is_run_paused_resumed_and_undone(
    chromium: Browser, site: Site
) -> None:
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    signed_in(page, site)
    open_list(page, site, "?q=report-007")
    page.get_by_role("button", name="Run report-007 now").click()
    expect(page.get_by_test_id("params")).to_contain_text("good morning")
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("link", name="Follow")).to_be_visible()
    assert [run["trigger"] for run in site.runs("report-007")] == ["manual"]

    page.get_by_role("button", name="Pause report-007").click()
    page.get_by_label("Reason").fill("no script")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_test_id("note")).to_have_text("paused by admin: “no script”")
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("job-row")).not_to_contain_text("paused")

    page.get_by_label("Select report-007").check()
    page.get_by_role("button", name="Add tag…").click()
    page.get_by_label("Tags, separated by commas").fill("plain")
    page.get_by_role("button", name="Add tag").click()
    expect(page.get_by_role("link", name="#plain")).to_be_visible()
    context.close()


def test_08_a_refresh_keeps_what_is_ticked_focused_scrolled_and_open(
    console: Page, site: Site
) -> None:
    page = console
    open_list(page, site)
    ticks = page.locator("tbody .c-tick input")
    for number in (2, 3, 4):
        ticks.nth(number).check()
    more = page.get_by_test_id("job-row").nth(20).get_by_role("button", name="More actions for")
    more.scroll_into_view_if_needed()
    more.focus()
    scrolled = page.evaluate("scrollY")
    site.python("from tests.support.builders import *\nmake_run(make_job(name='zzz-new'))")
    refreshed(page)
    assert ticks.evaluate_all("all => all.filter((tick) => tick.checked).length") == 3
    expect(more).to_be_focused()
    assert page.evaluate("scrollY") == scrolled

    more.click()
    menu = page.locator(".j-menu:popover-open")
    expect(menu).to_be_visible()
    site.python(
        "from jobs.models import Job\nfrom tests.support.builders import "
        "*\nmake_run(Job.objects.get(name='zzz-new'))"
    )
    refreshed(page)
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()


def test_09_a_job_is_found_by_the_middle_of_its_name_and_the_address_is_the_view(
    console: Page, site: Site, chromium: Browser
) -> None:
    open_list(console, site)
    console.get_by_role("searchbox", name="Search jobs").fill("ing-sy")
    console.keyboard.press("Enter")
    console.wait_for_url("**?q=ing-sy**")
    assert names(console) == ["billing-sync-eu"]
    expect(console.get_by_test_id("count")).to_have_text("1 job")

    elsewhere = chromium.new_context()
    page = elsewhere.new_page()
    signed_in(page, site)
    page.goto(console.url)
    assert names(page) == ["billing-sync-eu"]
    elsewhere.close()
    console.get_by_role("link", name="Clear “ing-sy”").click()
    expect(console.get_by_test_id("job-row")).to_have_count(50)


def test_10_pages_follow_each_other_while_jobs_are_added(console: Page, site: Site) -> None:
    page = console
    open_list(page, site, "?q=report-&order=name")
    first = names(page)
    add(site, "report-119-z")
    turn(page, "Next")
    second = names(page)
    turn(page, "Previous")
    assert names(page) == first
    add(site, "report-000-a")  # on the page that is shown
    turn(page, "Next")
    assert names(page) == second
    turn(page, "Next")
    seen = first + second + names(page)
    assert len(seen) == len(set(seen))
    assert {f"report-{number:03}" for number in range(JOBS)} | {"report-119-z"} <= set(seen)
    assert "page=" not in page.url


def turn(page: Page, link: str) -> None:
    """To the next page or the previous one, until it is there."""
    with page.expect_navigation():
        page.get_by_role("link", name=link).click()


def add(site: Site, name: str) -> None:
    site.python(f"from tests.support.builders import make_job\nmake_job(name={name!r})")


def test_12_pausing_with_a_reason_and_an_end_shows_who_why_and_until_and_can_be_undone(
    console: Page, site: Site
) -> None:
    page = console
    open_list(page, site, "?q=report-010")
    planned = site.query(
        "SELECT next_run_at FROM beatwright_jobstate s JOIN beatwright_job j ON j.id = s.job_id"
        " WHERE name = 'report-010'"
    )
    page.get_by_role("button", name="Pause report-010").click()
    page.get_by_label("Reason").fill("db move")
    page.get_by_label("tomorrow 09:00").check()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_test_id("note")).to_contain_text("paused by admin: “db move”, until")
    expect(page.get_by_test_id("note")).to_contain_text("09:00 CE")
    page.get_by_test_id("undo").click()
    expect(page.get_by_text("Undone: report-010 restored.")).to_be_visible()
    expect(page.get_by_test_id("note")).to_have_count(0)
    assert planned == site.query(
        "SELECT next_run_at FROM beatwright_jobstate s JOIN beatwright_job j ON j.id = s.job_id"
        " WHERE name = 'report-010'"
    )


def test_12_undo_is_offered_for_ten_seconds(console: Page, site: Site) -> None:
    page = console
    page.clock.install()
    open_list(page, site, "?q=report-011")
    page.get_by_role("button", name="Pause report-011").click()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_test_id("undo")).to_be_visible()
    page.clock.run_for(9_000)
    expect(page.get_by_test_id("undo")).to_be_visible()
    page.clock.run_for(2_000)
    expect(page.get_by_test_id("undo")).to_have_count(0)


def test_12_a_pause_that_has_run_out_ends_by_itself(console: Page, site: Site) -> None:
    page = console
    open_list(page, site, "?q=report-012")
    page.get_by_role("button", name="Pause report-012").click()
    page.get_by_label("in 1 hour").check()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_test_id("note")).to_contain_text("until")
    site.python(
        "from datetime import timedelta\nfrom django.utils import timezone\n"
        "from jobs.actions.pauses import resume_due\n"
        "assert resume_due(now=timezone.now() + timedelta(minutes=61)) == 1"
    )
    page.reload()
    expect(page.get_by_test_id("note")).to_have_count(0)


def test_13_run_now_shows_the_params_and_follow_lands_on_the_runs_log(
    console: Page, site: Site
) -> None:
    page = console
    open_list(page, site, "?q=billing-sync-eu")
    page.get_by_role("button", name="Run billing-sync-eu now").click()
    question = page.get_by_role("dialog")
    expect(question.get_by_test_id("params")).to_contain_text("hello from the list")
    question.get_by_text("Edit params for this run").click()
    question.get_by_label("Params for this run").fill('{"message": "only this once"}')
    question.get_by_role("button", name="Run now").click()
    page.get_by_role("link", name="Follow").click()
    expect(page.get_by_test_id("run")).to_have_attribute("data-state", "succeeded")
    expect(page.get_by_test_id("log")).to_contain_text("only this once")


def test_14_the_ticked_jobs_are_paused_together_and_told_in_one_message(
    console: Page, site: Site
) -> None:
    page = console
    open_list(page, site, "?q=report-02&order=name")
    expect(page.get_by_role("button", name="Pause…", exact=True)).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Pause…", exact=True).click()
    expect(page.get_by_role("heading", name="Pause 10 jobs")).to_be_visible()
    page.get_by_label("Reason").fill("freeze")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("Paused 10 jobs.")).to_be_visible()
    expect(page.get_by_test_id("note").filter(has_text="freeze")).to_have_count(10)
    page.get_by_test_id("undo").click()
    expect(page.get_by_text("Undone: 10 jobs restored.")).to_be_visible()


def test_29_questions_and_menus_give_the_focus_back(console: Page, site: Site) -> None:
    page = console
    open_list(page, site, "?q=report-030")
    pause = page.get_by_role("button", name="Pause report-030")
    pause.focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(pause).to_be_focused()
    more = page.get_by_role("button", name="More actions for report-030")
    more.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Edit")).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()


def test_problems_come_first_and_each_bar_is_a_link_with_a_name(console: Page, site: Site) -> None:
    open_list(console, site)
    row = console.get_by_test_id("job-row").first
    expect(row).to_contain_text("aaa-failing")
    bars = row.get_by_role("group", name="Last 3 runs: 2 failed, 1 succeeded").get_by_role("link")
    expect(bars).to_have_count(3)
    expect(bars.last).to_have_accessible_name(re.compile(r"failed, 1.5 s, .* ago"))
    bars.last.click()
    expect(console.get_by_test_id("run")).to_have_attribute("data-state", "failed")


def test_compact_rows_fit_25_to_a_screen_of_900_pixels(console: Page, site: Site) -> None:
    console.set_viewport_size({"width": 1440, "height": 900})
    console.goto(f"{site.url}{LIST}?q=report")
    console.get_by_role("button", name="Compact rows").click()
    expect(console.get_by_role("button", name="Compact rows")).to_have_attribute(
        "aria-pressed", "true"
    )
    bottoms = console.get_by_test_id("job-row").evaluate_all(
        "rows => rows.map(row => row.getBoundingClientRect().bottom)"
    )
    assert sum(bottom <= 900 for bottom in bottoms) >= 25
    console.get_by_role("button", name="Comfortable rows").click()


def test_a_search_that_finds_nothing_guesses_what_was_meant(console: Page, site: Site) -> None:
    open_list(console, site, "?q=biling-sync-eu")
    turn(console, "billing-sync-eu")
    eventually(lambda: names(console) == ["billing-sync-eu"])
