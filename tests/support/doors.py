"""The pages at the console's door, one after another as somebody meets them who sets up a second
factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.support import browser, totp
from tests.support.site import Site

PASSWORD = "long enough for this 77"
WITH_EXTRA = {"LOGIN_RATE_PER_MINUTE": "0", "SECOND_FACTOR": "optional"}
LINK = re.compile(r"(http\S+|/admin)/invitation/\S+")
SEED = f"""
from tests.support.people import make_user
for name in {{names!r}}:
    user = make_user(None, name)
    user.set_password({PASSWORD!r})
    user.save()
"""


def let_in(site: Site, *names: str) -> None:
    """Make people without a role, whose password is PASSWORD."""
    site.python(SEED.format(names=names))


def walk(page: Page, site: Site, name: str) -> Iterator[str]:
    """Each page by its name, while ``page`` shows it; in between this person, who is new, does what
    it asks for.
    """
    yield from _signing_in(page, site, name)
    page.goto(f"{site.url}/admin/people/me/")
    yield "account"
    yield from _setting_up(page, site)
    yield from _signing_in_again(page, site, name)
    yield from _invitation(page, site, f"{name}-guest")


def enter(page: Page, code: str, button: str = "Sign in") -> None:
    """Send the form that asks for a code."""
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name=button, exact=True).click()


def _signing_in(page: Page, site: Site, name: str) -> Iterator[str]:
    page.goto(f"{site.url}/admin/login/")
    yield "sign-in"
    browser.log_in(page, name, "wrong")
    page.get_by_text("Please enter the correct username").first.wait_for()
    yield "sign-in-wrong"
    browser.log_in(page, name, PASSWORD)
    page.wait_for_url(f"{site.url}/admin/")


def _setting_up(page: Page, site: Site) -> Iterator[str]:
    page.goto(f"{site.url}/admin/second-factor/")
    yield "second-factor"
    page.get_by_role("link", name="Set up").click()
    yield "second-factor-password"
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    enter(page, "000000", "Set up")
    page.get_by_role("alert").wait_for()
    yield "second-factor-set-up"
    enter(page, totp.code(page.get_by_test_id("key").inner_text()), "Set up")
    page.get_by_test_id("codes").wait_for()
    yield "second-factor-codes"
    for place in ("", "recovery/", "recovery/new/", "remove/"):
        page.goto(f"{site.url}/admin/second-factor/{place}")
        yield f"second-factor-{place.strip('/').replace('/', '-') or 'done'}"


def _signing_in_again(page: Page, site: Site, name: str) -> Iterator[str]:
    page.context.clear_cookies()
    page.goto(f"{site.url}/admin/login/")
    browser.log_in(page, name, PASSWORD)
    enter(page, "000000")
    page.get_by_role("alert").wait_for()
    yield "sign-in-code"
    page.context.clear_cookies()


def _invitation(page: Page, site: Site, name: str) -> Iterator[str]:
    found = LINK.search(site.manage("person", "invite", name, "--role=viewer"))
    assert found
    link = f"{site.url}/admin{found[0].partition('/admin')[2]}"
    page.goto(link)
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Set password").click()
    page.locator(".c-wrong").first.wait_for()
    yield "invitation"
    site.manage("person", "revoke", name)
    page.goto(link)
    yield "invitation-over"
