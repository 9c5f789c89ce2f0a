"""Pages that refresh themselves: when they ask, what they show, and what they leave alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.support import browser
from tests.support.sessions import signed_in
from tests.support.site import Site

pytestmark = pytest.mark.drawn(most=6, reason="a browser and a server for seconds each")

HIDE = """state => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SEED = (
    "from tests.support.builders import *; from jobs.models import *; from django.utils "
    "import timezone\n"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own, with jobs and more runs than fit on a screen."""
    with Site("sqlite") as started:
        started.create_admin()
        started.python(
            SEED + "make_leader(expires_at=timezone.now() + timedelta(hours=1))\n"
            "job = make_job(name='steady', schedule='@daily')\n"
            "[make_run(job, state='succeeded', started_at=timezone.now(), "
            "finished_at=timezone.now(), attempt=1)"
            " for _ in range(30)]"
        )
        started.web()
        yield started


class Asked:
    """The answers about live parts since it was made or last cleared, as (part, status)."""

    def __init__(self, page: Page) -> None:
        self.answers: list[tuple[str, int]] = []
        self._page = page
        page.on("response", self._note)

    def from_now_on(self) -> None:
        """Forget the answers so far, those that Playwright has not told of yet as well."""
        self._page.wait_for_timeout(1)
        self.answers.clear()

    def _note(self, response: Response) -> None:
        if "/_f/" in response.url:
            self.answers.append((response.url.split("/_f/")[1].split("/")[0], response.status))

    def of(self, part: str) -> list[int]:
        return [status for name, status in self.answers if name == part]


def look_away(page: Page) -> None:
    page.evaluate(HIDE, "hidden")


def look_back(page: Page) -> None:
    page.evaluate(HIDE, "visible")


def refreshed(page: Page) -> None:
    """Force a refresh, as coming back to the tab does, and wait until it is done."""
    look_away(page)
    with page.expect_response(
        lambda response: "/_f/" in response.url and "header" not in response.url
    ):
        look_back(page)
    browser.digest(page)


def test_check_7_a_hidden_tab_asks_for_nothing_and_one_that_is_seen_again_asks_at_once(
    console: Page, site: Site
) -> None:
    asked = Asked(console)
    with console.expect_response(lambda response: "/_f/dashboard/" in response.url):
        pass
    look_away(console)
    console.wait_for_timeout(300)
    asked.answers.clear()
    console.wait_for_timeout(5_000)
    assert asked.answers == []
    with console.expect_response(lambda response: "/_f/dashboard/" in response.url):
        look_back(console)
    console.wait_for_timeout(1_000)
    assert len(asked.of("dashboard")) == 1


@pytest.mark.only_in_all(
    reason="steps through minutes of a page's clock; that it asks and rests is in the core"
)
def test_check_7_an_idle_page_asks_ever_less_often_and_is_told_304(
    chromium: Browser, site: Site
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.clock.install()
    signed_in(page, site)
    asked = Asked(page)

    def in_seconds(seconds: int) -> int:
        """How often the page asks in that time of its clock, a second at a time; an answer may take
        some of them.
        """
        before = len(asked.of("dashboard"))
        for _ in range(seconds):
            page.clock.run_for(1_000)
            page.wait_for_timeout(30)
        return len(asked.of("dashboard")) - before

    assert 8 <= in_seconds(50) <= 17  # every 3 s
    in_seconds(15)
    assert 5 <= in_seconds(120) <= 9  # every 15 s
    page.clock.fast_forward(600_000)
    in_seconds(5)
    assert 2 <= in_seconds(180) <= 3  # every 60 s
    assert set(asked.of("dashboard")[1:]) == {304}
    page.keyboard.press("Shift")
    assert in_seconds(12) >= 2  # somebody is back
    context.close()


def test_the_chip_says_how_old_the_page_is_and_the_full_stop_pauses_it(
    console: Page, site: Site
) -> None:
    chip = console.get_by_test_id("live-chip")
    expect(chip).to_contain_text("Live")
    console.keyboard.press(".")
    expect(chip).to_contain_text("Paused")
    expect(chip).to_have_attribute("aria-pressed", "true")
    console.reload()
    asked = Asked(console)
    expect(chip).to_contain_text("Paused")
    console.wait_for_timeout(4_000)
    assert asked.answers == []
    with console.expect_request(lambda request: "/_f/" in request.url):
        chip.click()
    expect(chip).to_contain_text("Live")


def test_a_page_whose_server_is_away_says_so_and_goes_on_when_it_is_back(
    console: Page, site: Site, page_watch: browser.Watch
) -> None:
    chip = console.get_by_test_id("live-chip")
    console.context.set_offline(True)
    look_back(console)
    expect(chip).to_contain_text("Offline")
    console.context.set_offline(False)
    look_back(console)
    expect(chip).to_contain_text("Live")
    page_watch.take()  # Chromium reports the requests that failed


def test_who_is_signed_out_elsewhere_is_told_to_sign_in(console: Page, site: Site) -> None:
    console.context.clear_cookies(name="sessionid")
    look_back(console)
    expect(console.get_by_test_id("live-chip")).to_contain_text("Signed out")


def test_check_8_a_refresh_disturbs_neither_selection_nor_focus_nor_scroll_nor_what_is_open(
    console: Page, site: Site
) -> None:
    console.goto(f"{site.url}/admin/beatwright/run/")
    refreshed(console)
    rows = console.get_by_test_id("runs").locator("tbody tr")
    shown = rows.count()
    console.locator("details.c-legend summary").click()
    rows.nth(20).get_by_role("link").first.focus()
    console.evaluate(
        "getSelection().selectAllChildren(document.querySelectorAll('#runs tr')[15].children[1])"
    )
    console.evaluate("scrollTo(0, 600)")
    focused = console.evaluate("document.activeElement.href")
    selected = console.evaluate("getSelection().toString()")
    site.python(SEED + "make_run(Job.objects.get(name='steady'))")
    refreshed(console)

    assert console.evaluate("document.activeElement.href") == focused
    assert console.evaluate("getSelection().toString()") == selected
    assert console.evaluate("scrollY") == 600
    expect(console.locator("details.c-legend")).to_have_attribute("open", "")
    expect(rows).to_have_count(shown)  # the new one waits

    console.get_by_role("button", name="1 new").click()
    expect(rows).to_have_count(shown + 1)
    expect(rows.first).to_contain_text("queued")
    expect(console.get_by_role("button", name="1 new")).to_be_hidden()


def test_check_8_a_row_in_use_is_left_alone_until_it_is_not(console: Page, site: Site) -> None:
    site.python(SEED + "make_run(make_job(name='in-use', schedule='@manual'))")
    console.goto(f"{site.url}/admin/beatwright/run/")
    refreshed(console)
    row = console.get_by_test_id("runs").locator("tbody tr").filter(has_text="in-use")
    row.get_by_role("link", name="in-use", exact=True).focus()
    site.execute(
        "UPDATE beatwright_run SET state = 'failed', error = 'it broke', finished_at = %s "
        "WHERE job_id ="
        " (SELECT id FROM beatwright_job WHERE name = 'in-use')",
        "2026-01-01 00:00:00",
    )
    site.python(SEED + "make_run(Job.objects.get(name='steady'))")
    refreshed(console)
    expect(row).to_contain_text("queued")
    console.evaluate("document.activeElement.blur()")
    refreshed(console)
    expect(row).to_contain_text("it broke")


def test_what_was_a_moment_ago_is_counted_on_without_asking(console: Page, site: Site) -> None:
    console.goto(f"{site.url}/admin/beatwright/run/")
    refreshed(console)
    site.python(SEED + "make_run(Job.objects.get(name='steady'))")
    console.reload()
    first = console.get_by_test_id("runs").locator("tbody tr").first.locator("[data-relative]")
    refreshed(console)
    early = first.inner_text()
    console.keyboard.press(".")
    expect(first).not_to_have_text(early)
    assert first.inner_text().endswith(" s ago")
    console.keyboard.press(".")


def test_check_5_a_silent_scheduler_is_announced_on_every_page_until_one_leads_again(
    console: Page, site: Site
) -> None:
    pages = ["/admin/", "/admin/beatwright/job/", "/admin/beatwright/run/", "/admin/auth/user/"]
    site.execute("UPDATE beatwright_leader SET expires_at = %s", "2026-01-01 00:00:00")
    try:
        expect(console.get_by_test_id("banner")).to_contain_text(
            "No scheduler has been active since", timeout=120_000
        )
        for page in pages:
            console.goto(f"{site.url}{page}")
            expect(console.get_by_test_id("banner")).to_contain_text("nothing is planned or sent")
    finally:
        site.execute("UPDATE beatwright_leader SET expires_at = %s", "2126-01-01 00:00:00")
    expect(console.get_by_test_id("banner")).not_to_contain_text("scheduler")


def test_check_6_a_run_appears_among_the_running_within_two_answers_and_leaves_again(
    console: Page, site: Site
) -> None:
    # Every 3 s, so within about five; in answers it is the same on a busy machine.
    asked = Asked(console)
    running = console.get_by_test_id("running")
    console.mouse.move(200, 200)
    site.python(
        SEED
        + "make_run(make_job(name='quick-one', schedule='@manual'), state='running', attempt=1,"
        " started_at=timezone.now(), lease_expires_at=timezone.now() + timedelta(hours=1))"
    )
    asked.from_now_on()
    expect(running.get_by_role("link", name="quick-one")).to_be_visible()
    assert len(asked.of("dashboard")) <= 2
    expect(console.get_by_test_id("tile-running").locator("strong")).to_have_text("1")
    site.execute(
        "UPDATE beatwright_run SET state = 'succeeded', finished_at = %s WHERE state = 'running'",
        "2026-01-01 00:00:01",
    )
    asked.from_now_on()
    expect(running.get_by_role("link", name="quick-one")).to_have_count(0)
    assert len(asked.of("dashboard")) <= 2
    expect(console.get_by_test_id("tile-running").locator("strong")).to_have_text("0")


def test_check_8_a_popover_stays_open_and_what_is_typed_in_it_stays_too(
    console: Page, site: Site
) -> None:
    site.python(
        SEED + "job = make_job(name='sore', schedule='@manual'); now = timezone.now()\n"
        "Alert.objects.create(kind='late', subject='sore', job=job, message='it is late', "
        "opened_at=now, seen_at=now)"
    )
    refreshed(console)
    console.get_by_label("Pause sore").click()
    reason = console.get_by_label("Reason").filter(visible=True)
    reason.fill("half a sentence")
    site.execute("UPDATE beatwright_alert SET message = 'it is very late' WHERE subject = 'sore'")
    refreshed(console)
    expect(reason).to_have_value("half a sentence")
    expect(reason).to_be_focused()
    console.keyboard.press("Escape")
    console.evaluate("document.activeElement.blur()")
    refreshed(console)
    expect(console.get_by_test_id("attention")).to_contain_text("it is very late")
    site.execute("DELETE FROM beatwright_alert")
