"""What a newcomer does first: log in, write a job, run it, read its log.

With JavaScript, and without.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support import browser
from tests.support.site import Site

RUN_ENDS = 120_000


@pytest.fixture(scope="module")
def site(live_site: Site) -> Site:
    """The site with a worker."""
    live_site.worker()
    return live_site


def write_job(
    page: Page, name: str, *, task: str = "LogTask", schedule: str = "@manual", params: str = "{}"
) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Task", exact=True).select_option(task)
    page.get_by_label("Schedule").fill(schedule)
    as_json = page.get_by_role("button", name="JSON", exact=True)
    if as_json.is_visible():  # without JavaScript there is only the text
        as_json.click()
    page.get_by_label("Params").fill(params)


def test_a_job_is_created_run_and_its_log_is_read(signed_in_page: Page, site: Site) -> None:
    page = signed_in_page
    page.get_by_role("link", name="Create a job").or_(
        page.get_by_role("link", name="Jobs")
    ).first.click()
    page.goto(f"{site.url}/admin/beatwright/job/add/")
    write_job(page, "first-job", params='{"message": "good morning from the first job"}')
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("first-job")
    expect(page.get_by_text("Created first-job.")).to_be_visible()

    page.get_by_test_id("run-now").click()
    page.get_by_role("button", name="Run and follow").click()
    expect(page.get_by_test_id("run")).to_have_attribute(
        "data-state", "succeeded", timeout=RUN_ENDS
    )
    expect(page.get_by_test_id("log")).to_contain_text("good morning from the first job")
    expect(page.get_by_test_id("attempts").get_by_text("succeeded")).to_be_visible()
    assert site.runs("first-job")[0]["trigger"] == "manual"


def test_a_failed_run_shows_its_traceback_and_can_be_run_again(
    signed_in_page: Page, site: Site
) -> None:
    page = signed_in_page
    page.goto(f"{site.url}/admin/beatwright/job/add/")
    write_job(page, "hopeless", task="HttpRequest", params='{"url": "http://127.0.0.1:9/"}')
    page.get_by_label("Retries", exact=True).fill("0")
    page.get_by_role("button", name="Save and run now").click()
    expect(page.get_by_test_id("run")).to_have_attribute("data-state", "failed", timeout=RUN_ENDS)
    expect(page.get_by_test_id("traceback")).to_contain_text("Traceback (most recent call last)")

    first = page.url
    page.get_by_role("button", name="Rerun", exact=True).click()
    page.wait_for_url(lambda url: url != first)
    expect(page.get_by_test_id("related")).to_contain_text("rerun of")


def test_the_preview_follows_what_is_typed(signed_in_page: Page, site: Site) -> None:
    page = signed_in_page
    page.goto(f"{site.url}/admin/beatwright/job/add/")
    page.get_by_label("Schedule").press_sequentially("30 2 * * *")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    expect(page.get_by_test_id("preview-sentence")).to_contain_text("02:30")
    expect(page.get_by_test_id("preview-sentence")).to_contain_text("Europe/Berlin")
    expect(page.get_by_test_id("preview-occurrences").get_by_role("listitem")).to_have_count(10)

    page.get_by_label("Schedule").fill("99 * * * *")
    expect(page.get_by_test_id("preview-error")).to_contain_text("minute")


def test_a_preview_that_is_slow_neither_complains_nor_outlives_what_was_typed_since(
    signed_in_page: Page, site: Site
) -> None:
    page, held = signed_in_page, list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/_p/schedule/", hold, times=1)
    with page.expect_request("**/_p/schedule/"):  # the form asks for one when it opens
        page.goto(f"{site.url}/admin/beatwright/job/add/")
    page.get_by_label("Schedule").fill("30 2 * * *")
    page.wait_for_timeout(500)  # longer than the form waits for the next key
    with page.expect_response("**/_p/schedule/") as slow:
        held[0].fallback()
    assert slow.value.ok
    expect(page.get_by_test_id("preview-sentence")).to_contain_text("02:30")


def test_a_wrong_form_names_each_field_and_keeps_what_was_written(
    signed_in_page: Page, site: Site, page_watch: browser.Watch
) -> None:
    page = signed_in_page
    page.goto(f"{site.url}/admin/beatwright/job/add/")
    write_job(page, "wrong-job", schedule="30 2 30 2 *", params='{"message": 5}')
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_test_id("errors")).to_be_focused()
    expect(page.get_by_label("Schedule")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Params")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_have_value("wrong-job")
    assert site.query("SELECT name FROM beatwright_job WHERE name = %s", "wrong-job") == []
    page_watch.take()  # Chromium's console reports the answer's status 422


def test_everything_works_without_javascript(plain_page: Page, site: Site) -> None:
    page = plain_page
    page.goto(f"{site.url}/admin/beatwright/job/add/")
    write_job(page, "plain-job", params='{"message": "no script needed"}')
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{site.url}/admin/beatwright/job/?q=plain-job")
    page.get_by_role("button", name="Pause plain-job").click()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_test_id("job-row")).to_contain_text("paused")
    page.get_by_role("button", name="Resume plain-job").click()
    page.get_by_role("button", name="Run plain-job now").click()
    page.get_by_role("button", name="Run now", exact=True).click()
    page.get_by_role("link", name="Follow").click()
    for _ in range(60):
        if page.get_by_test_id("run").get_attribute("data-state") == "succeeded":
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_test_id("log")).to_contain_text("no script needed")
