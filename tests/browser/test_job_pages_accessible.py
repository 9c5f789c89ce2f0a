"""The pages about jobs before axe-core: light, dark, and 320 px wide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.support import browser
from tests.support.sessions import signed_in
from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")

LIST = "/admin/beatwright/job/"
LONG = "a name of two hundred characters " * 6
SEED = f"""
from datetime import timedelta
from django.utils import timezone
from jobs.models import *
from tests.support.builders import *
now = timezone.now()
job = make_job(name={LONG!r}, task="LogTask", params={{"message": "hi"}},
    tags=["fin", "tag-of-fifty-letters-" * 2])
recent = [RecentRun(now, job.pk, state, 1_000).packed() for state in RunState.final()]
JobHealth.objects.filter(job=job).update(recent=recent, consecutive_failures=2, p50_ms=900,
    p95_ms=1_200)
make_job(name="paused", enabled=False, paused_by="ana", paused_reason="db move",
    paused_until=now + timedelta(days=1))
make_job(name="broken", schedule="0 25 * * *")
make_job(name="tokyo", schedule="30 2 * * *", timezone="Asia/Tokyo")
"""
LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (320, "light")}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own, with a job of every look."""
    with Site() as started:
        started.create_admin()
        started.python(SEED)
        started.web()
        yield started


@pytest.mark.parametrize(
    "look",
    [
        "light",
        *(pytest.param(look, marks=browser.ONE_MORE_LOOK) for look in LOOKS if look != "light"),
    ],
)
def test_29_axe_finds_nothing_serious_on_the_pages_about_jobs(
    chromium: Browser, site: Site, look: str
) -> None:
    width, theme = LOOKS[look]
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    signed_in(page, site)
    page.evaluate(f"localStorage.setItem('_x_adminTheme', '\"{theme}\"')")
    job = site.query("SELECT id FROM beatwright_job WHERE name = 'tokyo'")[0]["id"]
    for address in (
        "",
        "?q=nothing-like-it",
        "add/",
        f"{job}/change/",
        f"{job}/pause/",
        f"{job}/run/",
        f"{job}/backfill/",
    ):
        page.goto(f"{site.url}{LIST}{address}")
        page.wait_for_load_state("networkidle")
        assert browser.complaints(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (
            f"{address or 'the list'} is too wide"
        )

    page.goto(f"{site.url}{LIST}")
    page.get_by_role("button", name="Pause tokyo").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert browser.complaints(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More actions for tokyo").click()
    assert browser.complaints(page) == []

    page.goto(f"{site.url}{LIST}add/")
    page.get_by_label("Task", exact=True).select_option("LogTask")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator('[data-wrong="message"]')).to_be_visible()
    assert browser.complaints(page) == []
    context.close()
