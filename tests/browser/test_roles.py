"""What people with a role see of the console, and what it answers to requests that no button
makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

PASSWORD = "for tests only"
SEED = f"""
from django.utils import timezone
from jobs.access.actor import SYSTEM
from jobs.actions.people.tokens import create_token
from tests.support.builders import make_job
from tests.support.people import make_user
make_job(name="nightly")
for role in ("viewer", "operator", "editor"):
    user = make_user(role)
    user.set_password({PASSWORD!r})
    user.save()
    if role == "operator":
        create_token(user, name="robot of the operator", actor=SYSTEM, now=timezone.now())
"""
SignIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as site:
        site.python(SEED)
        site.web()
        yield site


@pytest.fixture
def as_role(chromium: Browser, site: Site) -> Iterator[SignIn]:
    """Opens the list of jobs as somebody with this role, by way of the login and its ``next``."""
    contexts = []

    def sign_in(role: str) -> Page:
        context = chromium.new_context(
            viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC"
        )
        context.set_default_timeout(browser.PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{site.url}/admin/beatwright/job/?q=nightly")
        page.get_by_label("Username").fill(role)
        page.get_by_label("Password").first.fill(PASSWORD)
        page.locator("button[type=submit], input[type=submit]").first.click()
        expect(page).to_have_url(f"{site.url}/admin/beatwright/job/?q=nightly")
        return page

    yield sign_in
    for context in contexts:
        context.close()


def crafted_post(page: Page, site: Site, path: str) -> tuple[int, str]:
    """What the site answers to a form that the page does not have: status and text."""
    token = next(
        cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken"
    )
    headers = {"X-CSRFToken": token, "Referer": site.url}
    answer = page.request.post(f"{site.url}{path}", headers=headers, max_redirects=0)
    return answer.status, answer.text()


def test_03_a_viewer_is_led_back_after_the_login_and_sees_no_button_that_acts(
    as_role: SignIn, site: Site
) -> None:
    page = as_role("viewer")
    expect(page.get_by_role("link", name="nightly").first).to_be_visible()
    expect(page.get_by_role("button", name="Run nightly now")).to_have_count(0)
    expect(page.get_by_role("link", name="New job")).to_have_count(0)
    (job,) = site.query("SELECT id FROM beatwright_job WHERE name = %s", "nightly")
    for verb, permission in (
        ("run", "beatwright.run_job"),
        ("pause", "beatwright.pause_job"),
        ("archive", "beatwright.delete_job"),
    ):
        status, text = crafted_post(page, site, f"/admin/beatwright/job/{job['id']}/{verb}/")
        assert status == 403
        assert permission in text
        assert "role" in text
    assert site.runs() == []


def test_03_an_operator_runs_and_pauses_but_cannot_edit(as_role: SignIn, site: Site) -> None:
    page = as_role("operator")
    (job,) = site.query("SELECT id FROM beatwright_job WHERE name = %s", "nightly")
    page.goto(f"{site.url}/admin/beatwright/job/{job['id']}/")
    expect(page.get_by_text("Run now").first).to_be_visible()
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    answer = page.goto(f"{site.url}/admin/beatwright/job/{job['id']}/change/")
    assert answer
    assert answer.status == 403
    expect(page.locator("body")).to_contain_text("beatwright.change_job")


def test_03_an_editor_sees_and_touches_no_token_of_others(as_role: SignIn, site: Site) -> None:
    page = as_role("editor")
    page.goto(f"{site.url}/admin/beatwright/apitoken/")
    expect(page.locator("body")).not_to_contain_text("robot of the operator")
    (token,) = site.query(
        "SELECT id FROM beatwright_apitoken WHERE name = %s", "robot of the operator"
    )
    status, _ = crafted_post(page, site, f"/admin/beatwright/apitoken/{token['id']}/revoke/")
    assert status in {403, 404}
    (kept,) = site.query(
        "SELECT revoked_at FROM beatwright_apitoken WHERE name = %s", "robot of the operator"
    )
    assert kept["revoked_at"] is None
