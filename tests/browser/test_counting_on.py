"""What goes on is counted by the page itself, and never stands still."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

SEED = """
from datetime import timedelta
from django.utils import timezone
from jobs.models import JobHealth
from tests.support.builders import *
now = timezone.now()
for name, usual, begun in (("halfway", 600_000, 300), ("beyond", 20_000, 60)):
    job = make_job(name=name, schedule="@manual")
    JobHealth.objects.filter(job=job).update(p50_ms=usual)
    make_run(job, state="running", attempt=1, publish_count=1,
        started_at=now - timedelta(seconds=begun), worker="w",
             lease_expires_at=now + timedelta(hours=1))
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site("sqlite") as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        yield started


def run_page(site: Site, name: str) -> str:
    return f"{site.url}/admin/beatwright/run/{site.runs(name)[0]['id']}/"


def test_progress_of_a_task_that_reports_none_goes_on_without_any_answer(
    console: Page, site: Site
) -> None:
    console.goto(run_page(site, "halfway"))
    console.keyboard.press(".")  # no refresh
    share = console.locator("[data-share]")
    before = int(share.inner_text().removesuffix(" %"))
    console.wait_for_function(
        f"parseInt(document.querySelector('[data-share]').textContent) > {before}", timeout=30_000
    )
    after = int(share.inner_text().removesuffix(" %"))
    assert console.locator("[data-progress] progress").evaluate("bar => bar.value") >= after
    expect(console.locator("[data-outlook]")).to_have_text(re.compile(r"· about \d+ (min|s) left"))
    console.keyboard.press(".")


def test_a_run_that_takes_longer_than_usual_says_by_how_much_and_no_share(
    console: Page, site: Site
) -> None:
    console.goto(run_page(site, "beyond"))
    outlook = console.locator("[data-outlook]")
    expect(outlook).to_have_text(re.compile(r"· \d+ (s|min)( \d+ s)? longer than usual"))
    expect(console.locator("[data-share]")).to_have_text("")
    expect(console.locator("[data-progress] progress")).to_have_class(re.compile("c-tone-warn"))


def test_without_javascript_the_page_tells_how_it_was_when_it_was_made(
    plain_page: Page, site: Site
) -> None:
    plain_page.goto(run_page(site, "halfway"))
    share = int(plain_page.locator("[data-share]").inner_text().removesuffix(" %"))
    assert 50 <= share < 100
    plain_page.goto(f"{site.url}/admin/")
    assert plain_page.locator("#running progress").first.get_attribute("value") is not None
