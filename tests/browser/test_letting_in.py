"""Letting people in: an invitation and what its tags show, a second factor, and sessions that are
ended elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser, totp
from tests.support.browser import Watch
from tests.support.doors import PASSWORD, WITH_EXTRA, enter, let_in, walk
from tests.support.sessions import signed_in
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

SEED = """
from tests.support.builders import make_job
make_job(name="books", tags=["fin"])
make_job(name="satellites", tags=["sky"])
"""
ANOTHER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
Open = Callable[..., Page]
LOOKS: dict[str, dict[str, Any]] = {
    "narrow": {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """With the extra, so that its pages are there."""
    with Site("sqlite", env=WITH_EXTRA) as started:
        started.manage("migrate", "--verbosity=0")
        started.create_admin()
        started.python(SEED)
        let_in(started, "ben", "eve", "kim", *LOOKS)
        started.web()
        yield started


@pytest.fixture
def another(chromium: Browser) -> Iterator[Open]:
    """Further browsers, each with cookies of its own; what ``new_context`` takes says which."""
    contexts = []

    def open_page(**options: object) -> Page:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))  # type: ignore[arg-type]
        context.set_default_timeout(browser.PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def log_in(page: Page, site: Site, name: str) -> None:
    """The first step; what comes then is for the test to say."""
    page.goto(f"{site.url}/admin/login/")
    browser.log_in(page, name, PASSWORD)


def sign_out(page: Page, site: Site, name: str) -> None:
    """By the menu below their name, and by keyboard alone."""
    page.goto(f"{site.url}/admin/")
    page.get_by_role("button", name=name).press("Enter")
    page.get_by_role("navigation", name="Account").get_by_role("button", name="Sign out").press(
        "Enter"
    )
    page.wait_for_url(f"{site.url}/admin/logout/")


def set_up(page: Page, site: Site, name: str) -> tuple[str, list[str]]:
    """Key and recovery codes of an app that this person, who then is signed in, has set up from
    their account.
    """
    log_in(page, site, name)
    page.goto(f"{site.url}/admin/people/me/")
    page.get_by_role("link", name="Second factor").click()
    page.get_by_role("link", name="Set up").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    key = page.get_by_test_id("key").inner_text()
    enter(page, totp.code(key), "Set up")
    codes = page.get_by_test_id("codes").locator("code")
    expect(codes).to_have_count(10)
    return key, codes.all_inner_texts()


def is_asked_for_a_code(page: Page, site: Site) -> bool:
    """Whether no other page opens, wherever they go instead."""
    expect(page).to_have_url(f"{site.url}/admin/second-factor/code/")
    return "/admin/login/" in page.request.get(f"{site.url}/admin/beatwright/run/").url


def test_who_is_invited_chooses_a_password_and_sees_what_the_tags_show(
    page: Page, page_watch: Watch, site: Site, another: Open
) -> None:
    signed_in(page, site)
    page.goto(f"{site.url}/admin/people/")
    page.get_by_role("link", name="Invite a person").click()
    page.get_by_label("Name", exact=True).fill("ana")
    page.get_by_label(re.compile("^Viewer")).check()
    page.get_by_label(re.compile("^Limit to tags")).fill("fin")
    page.get_by_role("button", name="Invite", exact=True).click()
    link = page.get_by_test_id("link").locator("code").inner_text()
    page.reload()
    expect(page.get_by_test_id("link")).to_have_count(0)

    guest = another()
    guest.goto(link)
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_label("Confirm password").fill("something else 77")
    guest.get_by_role("button", name="Set password").click()
    expect(guest.locator(".c-wrong")).to_have_count(1)
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_label("Confirm password").fill(PASSWORD)
    guest.get_by_role("button", name="Set password").click()
    expect(guest.locator("body")).to_contain_text("Your password is set. Sign in as ana.")
    browser.log_in(guest, "ana", PASSWORD)
    guest.wait_for_url(f"{site.url}/admin/")
    guest.goto(f"{site.url}/admin/beatwright/job/")
    expect(guest.get_by_role("link", name="books")).to_be_visible()
    expect(guest.locator("body")).not_to_contain_text("satellites")
    (unseen,) = site.query("SELECT id FROM beatwright_job WHERE name = 'satellites'")
    answer = guest.goto(f"{site.url}/admin/beatwright/job/{unseen['id']}/")
    assert answer
    assert answer.status == 404
    answer = guest.goto(f"{site.url}/admin/people/")
    assert answer
    assert answer.status == 403
    answer = guest.goto(link)
    assert answer
    assert answer.status == 410


def test_a_second_factor_is_set_up_and_asked_for(page: Page, page_watch: Watch, site: Site) -> None:
    key, _ = set_up(page, site, "ben")
    page.get_by_role("link", name="I have saved them").click()
    page.wait_for_url(f"{site.url}/admin/")
    sign_out(page, site, "ben")
    log_in(page, site, "ben")
    assert is_asked_for_a_code(page, site)
    enter(page, "000000")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Code")).to_be_focused()
    assert is_asked_for_a_code(page, site)
    enter(page, totp.code(key))
    page.wait_for_url(f"{site.url}/admin/")


def test_a_recovery_code_lets_in_once(page: Page, page_watch: Watch, site: Site) -> None:
    _, codes = set_up(page, site, "eve")
    sign_out(page, site, "eve")
    log_in(page, site, "eve")
    enter(page, codes[4])
    page.wait_for_url(f"{site.url}/admin/")
    page.goto(f"{site.url}/admin/second-factor/")
    expect(page.get_by_test_id("state")).to_contain_text("9 of your recovery codes are unused")
    sign_out(page, site, "eve")
    log_in(page, site, "eve")
    enter(page, codes[4])
    expect(page.get_by_role("alert")).to_be_visible()
    assert is_asked_for_a_code(page, site)


def test_a_session_that_is_ended_from_another_is_signed_out(
    page: Page, page_watch: Watch, site: Site, another: Open
) -> None:
    elsewhere = another(user_agent=ANOTHER)
    for each in (page, elsewhere):
        log_in(each, site, "kim")
        each.wait_for_url(f"{site.url}/admin/")
    page.goto(f"{site.url}/admin/people/me/")
    sessions = page.get_by_test_id("sessions").locator("tbody tr")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="this session")).to_have_count(1)
    sessions.filter(has_text="Firefox").get_by_role("button").click()
    expect(page.locator("body")).to_contain_text("Signed out of Firefox")
    expect(sessions).to_have_count(1)
    elsewhere.goto(f"{site.url}/admin/beatwright/job/")
    expect(elsewhere).to_have_url(re.compile("/admin/login/"))
    expect(elsewhere.get_by_test_id("signed-out")).to_contain_text(
        "You were signed out because you or an administrator ended your session"
    )
    page.reload()
    expect(sessions).to_have_count(1)  # the one that ended it goes on


@pytest.mark.parametrize("look", ["narrow", pytest.param("dark", marks=browser.ONE_MORE_LOOK)])
def test_the_pages_at_the_door_can_be_used_by_all(look: str, site: Site, another: Open) -> None:
    page = another(**LOOKS[look])
    for name in walk(page, site, look):
        assert browser.complaints(page) == [], name
        fields = (
            page.locator("main, #page").locator("input:not([type=hidden]):not(:disabled)").all()
        )
        assert all(
            field.evaluate("field => field.labels.length || field.ariaLabel") for field in fields
        ), name
