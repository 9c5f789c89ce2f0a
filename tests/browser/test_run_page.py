"""One run in a browser, real throughout: a scheduler, a worker, and tasks that take their time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support import browser
from tests.support.eventually import eventually
from tests.support.site import Site

pytestmark = [
    pytest.mark.drawn(most=3, reason="a browser and a server for seconds each"),
    pytest.mark.takes_turns(reason="a browser and a server for seconds each"),
]

RUN_ENDS = 120_000
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.browser.inside.settings"}
NUMBERS = "[...document.querySelectorAll('.r-line')].map((line) => Number(line.id.slice(1)))"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site of these tests' own, with a scheduler and a worker."""
    with Site("sqlite", env=SETTINGS) as started:
        started.create_admin()
        started.web()
        started.scheduler()
        started.worker()
        yield started


def start(site: Site, name: str, task: str, params: dict[str, Any]) -> str:
    """A job that runs now, once; returns the address of its run's page."""
    words = ["--task", task, "--schedule", "@manual", "--params", json.dumps(params)]
    site.manage("job", "create", name, *words)
    site.manage("job", "run", name)
    return address(site, site.runs(name)[-1])


def address(site: Site, run: dict[str, Any]) -> str:
    return f"{site.url}/admin/beatwright/run/{run['id']}/"


def state(page: Page, wanted: str) -> None:
    expect(page.get_by_test_id("run")).to_have_attribute("data-state", wanted, timeout=RUN_ENDS)


def test_check_20_a_running_run_shows_progress_and_its_log_grows_without_stealing_the_readers_place(
    console: Page, site: Site, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    console.goto(start(site, "aloud", "CountAloud", {"total": 200, "until": str(go)}))
    state(console, "running")
    bar = console.get_by_test_id("progress").locator("progress")
    expect(bar).to_have_attribute("value", "50", timeout=RUN_ENDS)
    expect(console.get_by_test_id("progress")).to_contain_text("at 100")
    expect(console.locator(".r-line")).to_have_count(100, timeout=RUN_ENDS)
    expect(console).to_have_title("running · aloud")

    expect(console.get_by_test_id("follow")).to_have_attribute("aria-pressed", "true")
    log = console.get_by_test_id("log")
    log.hover()
    console.mouse.wheel(0, -600)
    expect(console.get_by_test_id("follow")).to_have_attribute("aria-pressed", "false")
    place = log.evaluate("box => box.scrollTop")
    go.touch()
    new = console.get_by_test_id("new-lines")
    expect(new).to_contain_text("new line", timeout=RUN_ENDS)
    assert log.evaluate("box => box.scrollTop") == place

    new.click()
    expect(console.get_by_test_id("follow")).to_have_attribute("aria-pressed", "true")
    expect(new).to_be_hidden()
    expect(console.get_by_test_id("outcome")).to_contain_text("succeeded", timeout=RUN_ENDS)
    state(console, "succeeded")
    assert console.evaluate(NUMBERS) == list(range(1, 201))
    assert log.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 24
    expect(console).to_have_title("succeeded · aloud")
    assert (
        console.locator("[data-tab-icon]").get_attribute("href") == "/static/console/tab/good.svg"
    )


@pytest.mark.only_in_all(reason="writes nine megabytes first; test_run_log.py pages through logs")
def test_check_21_a_log_of_nine_megabytes_opens_at_once_stays_small_and_is_searched_on_the_server(
    console: Page, site: Site
) -> None:
    url = start(site, "much", "WriteMuch", {"lines": 65_000})
    eventually(lambda: site.runs("much")[0]["state"] == "failed", seconds=60)
    size = site.query(
        "SELECT SUM(LENGTH(text)) AS size, MAX(last_line) AS last FROM beatwright_runlog"
    )[0]
    assert size["size"] > 8_500_000

    def opens_at_once() -> bool:
        """Now or at a later try: the machine may have been busy."""
        console.goto(url)
        expect(console.locator(".r-line").last).to_be_visible()
        return bool(
            console.evaluate("performance.getEntriesByType('navigation')[0].domInteractive") < 1_500
        )

    eventually(opens_at_once)
    assert console.locator(".r-line").count() <= 1_500

    console.get_by_label("Search the log").first.fill("NEEDLE")
    console.keyboard.press("Enter")
    expect(console.locator("#L1")).to_contain_text("needle in the first line")
    expect(console.locator("#L1")).to_be_in_viewport()
    for _ in range(3):
        console.get_by_test_id("log").evaluate("box => { box.scrollTop = box.scrollHeight; }")
        console.wait_for_timeout(400)
    assert console.locator(".r-line").count() <= 1_500
    numbers = console.evaluate(NUMBERS)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    console.get_by_role("link", name="First error").click()
    expect(console.locator(".r-line.is-target")).to_contain_text("this is how it ends")
    console.goto("about:blank")
    console.goto(f"{url}#L32000")
    expect(console.locator("#L32000")).to_be_in_viewport()
    expect(console.locator("#L32000")).to_contain_text("32000 ..")
    console.get_by_role("link", name="Older lines").click()
    expect(console.locator("#L31000")).to_be_attached()
    with console.expect_download() as download:
        console.get_by_role("link", name="Download this log").click()
    assert download.value.path().read_text().count("\n") == size["last"]


def test_check_22_a_cancel_is_requested_then_done_and_cannot_be_asked_of_a_run_that_is_over(
    console: Page, site: Site, page_watch: browser.Watch, tmp_path: Path
) -> None:
    url = start(site, "stopped", "CountAloud", {"total": 40, "until": str(tmp_path / "never")})
    console.goto(url)
    state(console, "running")
    console.get_by_test_id("cancel").click()
    console.get_by_role("button", name="Cancel this run").click()
    requested, done = (
        console.get_by_test_id("cancel-requested"),
        console.locator("[data-state=cancelled]"),
    )
    expect(requested.or_(done).first).to_be_visible()
    state(console, "cancelled")
    expect(console.get_by_test_id("cancel")).to_have_count(0)
    expect(console.get_by_test_id("cancel-requested")).to_have_count(0)

    answer = console.request.post(
        f"{url}cancel/",
        form={
            "csrfmiddlewaretoken": console.locator("[name=csrfmiddlewaretoken]").first.input_value()
        },
        headers={"Referer": url},
    )
    assert answer.status == 409
    assert "a cancelled run cannot be cancelled" in answer.text()


def test_check_22_the_request_is_shown_while_the_worker_has_not_heard_of_it(
    console: Page, site: Site
) -> None:
    site.python(
        "from tests.support.builders import *; from django.utils import timezone; from "
        "datetime import timedelta\n"
        "now = timezone.now()\n"
        "make_run(make_job(name='deaf', schedule='@manual'), state='running', attempt=1, "
        "publish_count=1,"
        " started_at=now, worker='deaf@nowhere', lease_expires_at=now + timedelta(hours=1))"
    )
    console.goto(address(site, site.runs("deaf")[0]))
    console.get_by_test_id("cancel").click()
    console.get_by_role("button", name="Cancel this run").click()
    expect(console.get_by_test_id("cancel-requested")).to_be_visible()
    expect(console.get_by_test_id("cancel")).to_have_count(0)


def test_check_23_a_rerun_with_edits_is_prefilled_and_both_runs_lead_to_each_other(
    console: Page, site: Site
) -> None:
    url = start(site, "edited", "LogTask", {"message": "as it was", "level": "warning"})
    console.goto(url)
    state(console, "succeeded")
    console.get_by_role("link", name="Rerun with edits").click()
    message = console.get_by_label("message")
    expect(message).to_have_value("as it was")
    message.fill("with an edit")
    console.get_by_role("button", name="Rerun with these params").click()
    state(console, "succeeded")
    expect(console.get_by_test_id("log")).to_contain_text("with an edit")
    assert console.url != url
    console.get_by_test_id("related").get_by_role("link").click()
    console.wait_for_url(url)
    expect(console.get_by_test_id("related")).to_contain_text("rerun as")


def test_check_2_a_run_is_rerun_with_edits_without_javascript(plain_page: Page, site: Site) -> None:
    plain_page.goto(start(site, "plain", "LogTask", {"message": "first"}))
    plain_page.get_by_role("link", name="Rerun with edits").click()
    plain_page.get_by_role("textbox", name="Params").fill('{"message": 5}')
    plain_page.get_by_role("button", name="Rerun with these params").click()
    expect(plain_page.locator("#params-problem")).to_contain_text("message")
    expect(plain_page.get_by_role("textbox", name="Params")).to_have_value('{"message": 5}')
    plain_page.get_by_role("textbox", name="Params").fill('{"message": "second"}')
    plain_page.get_by_role("button", name="Rerun with these params").click()
    for _ in range(60):
        if plain_page.get_by_test_id("run").get_attribute("data-state") == "succeeded":
            break
        plain_page.wait_for_timeout(500)
        plain_page.reload()
    expect(plain_page.get_by_test_id("log")).to_contain_text("second")
    expect(plain_page.get_by_test_id("outcome")).to_contain_text("succeeded")
