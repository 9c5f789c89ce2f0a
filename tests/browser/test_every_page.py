"""What holds on every page of the console: it is quiet, it keeps to itself, it can be read by all,
in any zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser
from tests.support.console_pages import OTHERS, OURS, SEED, Addresses, unopened
from tests.support.sessions import signed_in
from tests.support.shown import never_meant
from tests.support.site import Site

pytestmark = pytest.mark.drawn(most=4, reason="a browser and a server for seconds each")

LISTEN = (
    "addEventListener('securitypolicyviolation', event => console.error('CSP: ' + "
    "event.violatedDirective))"
)
ONE_MORE_ZONE = "opens every page once more, in another zone; the reader's own is in the core"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site with something on every page."""
    with Site("sqlite") as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        yield started


@pytest.fixture(scope="module")
def address(site: Site) -> Addresses:
    return Addresses(site)


@pytest.fixture
def console(page: Page, page_watch: browser.Watch, site: Site) -> Page:
    page.add_init_script(LISTEN)
    signed_in(page, site)
    return page


def test_check_1_no_page_logs_an_error_or_breaks_the_policy_or_asks_another_host(
    console: Page, address: Addresses
) -> None:
    for page in (*OURS, *OTHERS):
        response = console.goto(address(page))
        assert response is not None
        assert response.status == 200, page
        html = response.text()
        ours = html.partition('id="content"')[2]
        assert not re.search(r"<[^>]+\sstyle=", ours), page
        assert not re.search(r"<script(?![^>]*\ssrc=)(?! id=\"django-admin)", html), page
        assert not re.search(r"\son[a-z]+=\"", ours), page
    console.wait_for_timeout(500)  # the watch fails the test for whatever was logged meanwhile


def test_whatever_answers_with_a_page_is_among_those_that_are_opened(
    console: Page, site: Site, address: Addresses
) -> None:
    pages = []
    for path in unopened():
        answer = console.request.get(address(path), max_redirects=0)
        assert answer.status in {200, 302, 400, 405}, (path, answer.status)
        if answer.status == 200 and "<html" in answer.text():
            pages.append(path)
    assert not pages, "\n".join(pages)


def test_check_30_the_switch_changes_every_time_and_is_remembered(
    chromium: Browser, site: Site, address: Addresses
) -> None:
    context = chromium.new_context(
        locale="en-GB", timezone_id="Asia/Tokyo", viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    signed_in(page, site)

    def times(where: str) -> list[tuple[str, str]]:
        page.goto(address(where))
        found: list[list[str]] = page.evaluate(
            "[...document.querySelectorAll('#content time')].map(time => [time.dateTime, "
            "time.textContent.trim()])"
        )
        return [(moment, text) for moment, text in found]

    for where in (
        "/admin/beatwright/run/",
        "/admin/beatwright/queues/",
        "/admin/beatwright/workers/",
        "/admin/beatwright/dead/",
        "/admin/",
    ):
        seen: dict[str, list[tuple[str, str]]] = {}
        for choice, zone in (("Mine", "JST"), ("UTC", "UTC"), ("Job", "")):
            page.get_by_role("button", name=choice, exact=True).click()
            seen[choice] = times(where)
            assert seen[choice], where
            assert all(zone in text for _, text in seen[choice]), (where, choice, seen[choice])
        assert [moment for moment, _ in seen["Mine"]] == [moment for moment, _ in seen["UTC"]]
        assert all(mine != utc for mine, utc in zip(seen["Mine"], seen["UTC"], strict=True))
    page.get_by_role("button", name="Mine", exact=True).click()
    page.goto(f"{site.url}/admin/beatwright/run/")
    expect(page.get_by_role("button", name="Mine", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.wait_for_timeout(3_500)  # a refresh shows the same zone
    assert "JST" in page.locator("#runs time").first.inner_text()
    context.close()


@pytest.mark.parametrize(
    "choice",
    [
        "Mine",
        *(
            pytest.param(other, marks=pytest.mark.only_in_all(reason=ONE_MORE_ZONE))
            for other in ("UTC", "Job")
        ),
    ],
)
def test_check_30_no_page_says_none_or_undefined(
    console: Page, address: Addresses, choice: str
) -> None:
    console.get_by_role("button", name=choice, exact=True).click()
    for page in (*OURS, *OTHERS):
        console.goto(address(page))
        text = console.locator("body").inner_text()
        assert never_meant(text) == [], (page, choice)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (320, "light"),
        pytest.param(1440, "light", marks=browser.ONE_MORE_LOOK),
        pytest.param(1440, "dark", marks=browser.ONE_MORE_LOOK),
    ],
)
def test_check_29_our_pages_can_be_used_by_all(
    chromium: Browser, site: Site, address: Addresses, width: int, scheme: str
) -> None:
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    tab = context.new_page()
    signed_in(tab, site)
    for address_of in OURS:
        tab.goto(address(address_of))
        tab.wait_for_timeout(300)
        assert browser.complaints(tab) == [], address_of
    context.close()


def test_check_29_search_and_menus_work_by_keyboard_alone(console: Page, site: Site) -> None:
    console.keyboard.press("/")
    field = console.get_by_role("combobox", name="Search jobs, runs and pages")
    expect(field).to_be_focused()
    console.keyboard.type("irs")
    options = console.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text("first")
    console.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    console.keyboard.press("Enter")
    expect(console.get_by_role("heading", level=1)).to_have_text("first")

    console.goto(f"{site.url}/admin/")
    summary = console.get_by_label("Pause first")
    summary.focus()
    console.keyboard.press("Enter")
    reason = console.get_by_label("Reason").filter(visible=True)
    expect(reason).to_have_count(1)
    console.keyboard.press("Escape")
    expect(reason).to_have_count(0)
    expect(summary).to_be_focused()

    console.keyboard.press("?")
    dialog = console.get_by_role("dialog", name="Keyboard")
    expect(dialog).to_be_visible()
    console.get_by_label("Single-key shortcuts are on").uncheck()
    console.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    console.keyboard.press("/")
    expect(field).not_to_be_focused()
    console.keyboard.press("Control+k")
    expect(field).to_be_focused()


def test_g_and_a_letter_lead_to_a_page_and_typing_a_text_does_not(
    console: Page, site: Site
) -> None:
    console.keyboard.press("g")
    console.keyboard.press("r")
    console.wait_for_url("**/admin/beatwright/run/")
    console.keyboard.press("/")
    console.keyboard.type("g.d?j")
    expect(console.get_by_role("combobox", name="Search jobs, runs and pages")).to_have_value(
        "g.d?j"
    )
    console.keyboard.press("Enter")
    console.wait_for_url("**/admin/search/?q=g.d%3Fj")
    expect(console.get_by_test_id("empty")).to_contain_text("No results for")


def test_check_4_the_tiles_show_what_is_stored_and_lead_to_those_rows(
    console: Page, site: Site
) -> None:
    for name, state, rows in (("running", "running", 5), ("queued", "queued", 4)):
        console.goto(f"{site.url}/admin/")
        tile = console.get_by_test_id(f"tile-{name}")
        expect(tile.locator("strong")).to_have_text(str(len(site.runs(state=state))))
        tile.click()
        expect(console.get_by_test_id("runs").locator("tbody tr")).to_have_count(rows)
    console.goto(f"{site.url}/admin/")
    expect(console.get_by_test_id("tile-failing").locator("strong")).to_have_text("3")
    expect(console.get_by_test_id("tile-dead").locator("strong")).to_have_text("6")
    console.get_by_test_id("tile-dead").click()
    expect(console.get_by_test_id("dead-groups").locator("tbody tr")).to_have_count(1)
    console.goto(f"{site.url}/admin/")
    console.get_by_test_id("tile-failing").click()
    expect(console).to_have_url(re.compile(r"/admin/beatwright/job/\?health=failing"))
