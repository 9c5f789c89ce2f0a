"""Nothing is thrown away by accident: ticks decide, questions name the number, and deeds can be
taken back.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

SEED = """
from datetime import timedelta
from django.utils import timezone
from tests.support.builders import *
now = timezone.now()
for name, fingerprint, number in (("billing", "ab" * 20, 3), ("mails", "cd" * 20, 2)):
    job = make_job(name=name, schedule="@manual")
    for index in range(number):
        make_run(job, state="failed", attempt=1, error=f"{name} broke", fingerprint=fingerprint,
            started_at=now,
                 finished_at=now)
"""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site("sqlite") as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        yield started


def dead(site: Site) -> int:
    return sum(run["resolved_at"] is None for run in site.runs(state="failed"))


def test_where_a_row_is_ticked_only_that_one_is_discarded_and_the_discard_can_be_undone(
    console: Page, site: Site
) -> None:
    console.goto(f"{site.url}/admin/beatwright/dead/group/{'ab' * 20}/")
    scope = console.locator("[data-tick-scope]")
    expect(scope).to_have_text("All with this error:")
    console.get_by_label("Select the run of billing").first.check()
    expect(scope).to_have_text("Only the 1 selected:")
    console.get_by_role("button", name="Discard…").click()
    expect(console.get_by_role("heading", level=2, name="Discard 1 dead letter?")).to_be_visible()
    console.get_by_role("button", name="Discard 1 dead letter").click()
    expect(console.get_by_label("Reason")).to_be_focused()  # it is needed
    assert dead(site) == 5
    console.get_by_label("Reason").fill("a known outage")
    console.get_by_role("button", name="Discard 1 dead letter").click()
    expect(console.get_by_text("Discarded 1 dead letter.")).to_be_visible()
    assert dead(site) == 4
    console.get_by_test_id("undo").click()
    expect(console.get_by_text("Undone: 1 dead letter restored.")).to_be_visible()
    assert dead(site) == 5


def test_discarding_all_names_what_and_how_many_without_javascript_too(
    plain_page: Page, site: Site
) -> None:
    plain_page.goto(f"{site.url}/admin/beatwright/dead/")
    plain_page.get_by_role("button", name="Discard…").click()
    question = plain_page.get_by_test_id("confirm")
    expect(question).to_contain_text("Discard all 5 dead letters?")
    expect(question).to_contain_text("with 2 different errors")
    expect(question).to_contain_text("3 × billing broke")
    assert dead(site) == 5
    question.get_by_label("Reason").fill("seen")
    question.get_by_role("button", name="Discard all 5 dead letters").click()
    expect(plain_page.get_by_text("Discarded 5 dead letters.")).to_be_visible()
    assert dead(site) == 0


def test_a_token_is_made_once_however_often_the_page_is_reloaded_and_revoking_it_asks(
    console: Page, site: Site
) -> None:
    console.goto(f"{site.url}/admin/beatwright/apitoken/")
    console.get_by_label("Name").fill("ci")
    console.get_by_role("button", name="Create token").click()
    expect(console.get_by_test_id("secret")).to_contain_text("Token ci created.")
    console.reload()
    expect(console.get_by_test_id("secret")).to_have_count(0)
    expect(console.get_by_test_id("tokens")).to_contain_text("never used")
    assert len(site.query("SELECT id FROM beatwright_apitoken")) == 1
    console.get_by_role("link", name="Revoke ci").click()
    question = console.get_by_role("dialog")
    expect(question).to_contain_text("It has never been used.")
    console.keyboard.press("Escape")
    expect(console.get_by_role("link", name="Revoke ci")).to_be_focused()
    console.get_by_role("link", name="Revoke ci").click()
    question.get_by_role("button", name="Revoke 1 token").click()
    expect(console.get_by_text("Revoked ci.")).to_be_visible()
