"""The job form in a browser. Numbers are the acceptance checks'."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import browser
from tests.support.sessions import signed_in
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=6, reason="a browser and a server for seconds each"),
    pytest.mark.takes_turns(reason="a browser and a server for seconds each"),
]

ADD = "/admin/beatwright/job/add/"
BIG = 9007199254740993


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own; nothing runs."""
    with Site() as started:
        started.create_admin()
        started.web()
        yield started


@pytest.fixture
def form(page: Page, page_watch: browser.Watch, site: Site) -> Page:
    """The form of a new job."""
    signed_in(page, site)
    page.goto(site.url + ADD)
    return page


def choose(page: Page, task: str) -> None:
    with page.expect_response(lambda response: "/_p/task/" in response.url):
        page.get_by_label("Task", exact=True).select_option(task)


def field(page: Page, name: str) -> str:
    """The selector of a parameter's field."""
    return f'[data-param="{name}"]'


def stored(site: Site, name: str) -> dict[str, object]:
    return site.query("SELECT * FROM beatwright_job WHERE name = %s", name)[0]


def test_15_a_nightly_job_in_berlin_shows_ten_dates_the_gap_and_the_fold(
    form: Page, site: Site
) -> None:
    form.get_by_label("Time zone").fill("Europe/Berlin")
    form.get_by_label("Schedule").fill("30 2 * * *")
    expect(form.get_by_test_id("preview-sentence")).to_contain_text(
        "At 02:30 every day, Europe/Berlin"
    )
    times = form.get_by_test_id("preview-occurrences").locator("time")
    expect(times).to_have_count(10)
    notes = form.get_by_test_id("preview-notes")
    expect(notes).to_contain_text("Sun 28 Mar 2027: 02:30 does not exist and runs at 03:00 CEST")
    expect(notes).to_contain_text(
        "Sun 31 Oct 2027: 02:30 occurs twice and runs only the first time (CEST)"
    )
    shown = [
        when.replace("+00:00", "Z")
        for when in times.evaluate_all("all => all.map((time) => time.dateTime)")
    ]
    engine = json.loads(
        site.manage(
            "preview_schedule",
            "30 2 * * *",
            "--timezone",
            "Europe/Berlin",
            "--count",
            "10",
            "--json",
        )
    )
    assert [when[:16] for when in shown] == [when[:16] for when in engine["occurrences"]]


def test_15_presets_fill_the_field_and_the_preview_speaks_the_readers_zone(
    chromium: Browser, site: Site
) -> None:
    context = chromium.new_context(locale="en-GB", timezone_id="Asia/Tokyo")
    page = context.new_page()
    signed_in(page, site)
    page.goto(site.url + ADD)
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Nightly").click()
    expect(page.get_by_label("Schedule")).to_have_value("30 2 * * *")
    expect(
        page.get_by_test_id("preview-occurrences").get_by_role("listitem").first
    ).to_contain_text("JST")
    context.close()


def test_16_a_date_that_never_comes_is_refused_beside_the_field(
    form: Page, site: Site, page_watch: browser.Watch
) -> None:
    form.get_by_label("Name").fill("never")
    choose(form, "EchoTask")
    form.get_by_label("Schedule").fill("31 2 30 2 *")
    expect(form.get_by_test_id("preview-error")).to_contain_text("it never fires")
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_test_id("errors")).to_be_focused()
    expect(form.get_by_label("Schedule")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#id_schedule_error")).to_contain_text("it never fires")
    assert site.query("SELECT id FROM beatwright_job WHERE name = 'never'") == []
    form.get_by_test_id("errors").get_by_role("link", name="Schedule").click()
    expect(form.get_by_label("Schedule")).to_be_focused()
    page_watch.take()  # Chromium's console reports the answer's status 422


def test_16_a_range_without_end_is_answered_at_once(form: Page) -> None:
    form.get_by_label("Schedule").fill("1--100000000 * * * *")
    expect(form.get_by_test_id("preview-error")).to_be_visible()
    took = form.evaluate(
        """async () => {
          const form = document.querySelector("[data-testid=job-form]");
          const body = new URLSearchParams(new FormData(form));
          const headers = { "X-CSRFToken": body.get("csrfmiddlewaretoken") };
          const times = [];
          for (let n = 0; n < 100 && !(Math.min(...times) < 100); n += 1) {
            const began = performance.now();
            await fetch("/admin/_p/schedule/", { method: "POST", body, headers });
            times.push(performance.now() - began);
          }
          return Math.min(...times);
        }"""
    )
    assert took < 100


def test_17_the_fields_of_the_params_are_checked_and_kept_in_step_with_the_json(
    form: Page, site: Site, page_watch: browser.Watch
) -> None:
    form.get_by_label("Name").fill("typed")
    form.get_by_label("Schedule").fill("@manual")
    choose(form, "HttpRequest")
    form.get_by_role("button", name="Save", exact=True).click()
    wrong = form.locator('[data-wrong="url"]')
    expect(wrong).to_have_text("is required")
    expect(form.locator(field(form, "url"))).to_have_attribute("aria-invalid", "true")
    page_watch.take()

    form.locator(field(form, "url")).fill("http://127.0.0.1/")
    expect(wrong).to_be_hidden()
    form.locator(field(form, "timeout_seconds")).fill("soon")
    expect(form.locator('[data-wrong="timeout_seconds"]')).to_have_text("must be a number")
    form.locator(field(form, "timeout_seconds")).fill("12.50")
    form.locator(field(form, "method")).select_option(label="POST")
    form.locator(field(form, "json")).fill(f'{{"id": {BIG}}}')

    form.get_by_role("button", name="JSON", exact=True).click()
    text = form.get_by_label("Params").input_value()
    assert str(BIG) in text
    assert "12.50" in text
    form.get_by_label("Params").fill(text.replace("127.0.0.1", "127.0.0.2"))
    form.get_by_role("button", name="Fields").click()
    expect(form.locator(field(form, "url"))).to_have_value("http://127.0.0.2/")
    expect(form.locator(field(form, "json"))).to_have_value(f'{{"id": {BIG}}}')
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_role("heading", level=1)).to_have_text("typed")
    assert stored(site, "typed")["params"] == {
        "url": "http://127.0.0.2/", "timeout_seconds": 12.5, "method": "POST", "json": {"id": BIG},
    }  # fmt: skip


def test_17_an_unknown_key_is_flagged_and_can_be_left_out(
    form: Page, page_watch: browser.Watch
) -> None:
    choose(form, "LogTask")
    form.get_by_role("button", name="JSON", exact=True).click()
    form.get_by_label("Params").fill('{"message": "hi", "mesage": "x", "level": "loud"}')
    form.get_by_role("button", name="Fields").click()
    expect(form.get_by_test_id("unknown-params")).to_contain_text("The task does not take mesage.")
    expect(form.locator('[data-wrong="level"]')).to_contain_text("must be 'debug'")
    form.get_by_role("button", name="Remove").click()
    expect(form.get_by_test_id("unknown-params")).to_be_hidden()
    form.get_by_role("button", name="JSON", exact=True).click()
    assert json.loads(form.get_by_label("Params").input_value()) == {
        "message": "hi",
        "level": "loud",
    }

    form.get_by_label("Params").fill('{"message": ')
    form.get_by_role("button", name="Fields").click()
    expect(form.get_by_text("This is not a valid JSON object. Fix it first.")).to_be_visible()
    expect(form.get_by_label("Params")).to_have_value('{"message": ')


def test_17_another_task_keeps_what_was_written(form: Page) -> None:
    choose(form, "InvoiceProcessor")
    form.locator(field(form, "task_param")).fill("eu")
    choose(form, "LogTask")
    expect(form.get_by_test_id("unknown-params")).to_contain_text("task_param")
    choose(form, "BirthdayProcessor")
    expect(form.locator(field(form, "task_param"))).to_have_value("eu")


def test_18_the_second_of_two_editors_sees_both_values_and_loses_nothing(
    form: Page, site: Site, chromium: Browser, page_watch: browser.Watch
) -> None:
    site.python("from tests.support.builders import make_job\nmake_job(name='shared', owner='ana')")
    url = f"{site.url}/admin/beatwright/job/{stored(site, 'shared')['id']}/change/"
    form.goto(url)
    other = chromium.new_context().new_page()
    signed_in(other, site)
    other.goto(url)
    other.get_by_label("Owner").fill("theirs")
    other.get_by_label("Description").fill("written by the first")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_text("Saved shared.")).to_be_visible()
    other.context.close()

    form.get_by_label("Owner").fill("mine")
    form.get_by_role("button", name="Save", exact=True).click()
    row = form.get_by_test_id("conflict").get_by_role("row", name="Owner")
    expect(row).to_contain_text("theirs")
    expect(row).to_contain_text("mine")
    expect(form.get_by_label("Owner")).to_have_value("mine")
    described = form.get_by_test_id("conflict").get_by_role("row", name="Description")
    described.get_by_role("button", name="Use saved value").click()
    page_watch.take()
    form.get_by_role("button", name="Save", exact=True).click()
    expect(form.get_by_role("heading", level=1)).to_have_text("shared")
    job = stored(site, "shared")
    assert (job["owner"], job["description"], job["version"]) == ("mine", "written by the first", 3)


def test_the_waits_before_retries_follow_what_is_typed(form: Page) -> None:
    form.get_by_label("Retries", exact=True).fill("3")
    form.get_by_label("First delay").fill("10s")
    expect(form.get_by_test_id("waits")).to_contain_text("Waits 10 s, 20 s, 40 s")


def test_the_preview_keeps_up_with_a_fast_typist(form: Page) -> None:
    form.get_by_label("Schedule").press_sequentially("*/7 9-17 * * MON-FRI", delay=20)
    expect(form.get_by_test_id("preview-notes")).to_contain_text("*/7 restarts each hour")
