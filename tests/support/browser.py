"""A real Chromium, Debian's, which may talk to this machine only, and whose complaints fail the
test.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = (
    60_000  # for what a page will show: Playwright's five seconds are few on a busy machine
)
OWN_HOSTS = {"127.0.0.1", "localhost"}
# For axe-core on the same pages in one more look; each set of pages has one look in the core.
ONE_MORE_LOOK = pytest.mark.only_in_all(
    reason="looks at the same pages once more; the core has one look"
)
LOCAL_SCHEMES = {"data", "blob", "about"}


def chromium_path() -> str:
    """Chromium's path; without one the test is skipped, in CI it fails."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail("Chromium is missing, and CI skips nothing")
    pytest.skip("needs Chromium (Debian, Ubuntu: apt-get install chromium)")


@contextmanager
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """What went wrong in a page: errors on its console, scripts that failed, requests to other
    hosts.

    A test that expects an error takes it out: ``errors = watch.take()``.
    """

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"script error: {error}"))
        page.route("**/*", self._route)

    def take(self) -> list[str]:
        """The errors so far, which then no longer fail the test."""
        errors, self.errors = self.errors, []
        return errors

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _route(self, route: Route, request: Request) -> None:
        address = urlsplit(request.url)
        if address.hostname in OWN_HOSTS or address.scheme in LOCAL_SCHEMES:
            route.continue_()
            return
        self.errors.append(f"request to another host: {request.url}")
        route.abort()


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Through the login form, as a person would; ends on the console's first page."""
    page.goto(f"{url}/admin/login/?next=/admin/")
    log_in(page, username, password)
    page.wait_for_url(f"{url}/admin/")


def log_in(page: Page, username: str, password: str) -> None:
    """Fill and send the login form that the page shows."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=False).first.fill(password)
    page.locator("button[type=submit], input[type=submit]").first.click()


def complaints(page: Page) -> list[str]:
    """What axe finds serious or critical, each with the first element it is about; and that the
    page is too wide.
    """
    found = Axe().run(page).response["violations"]
    wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    return [f"wider than the window: {page.url}"] * wide + [
        f"{item['id']}: {item['nodes'][0]['html'][:200]} {item['nodes'][0]['failureSummary'][:300]}"
        for item in found
        if item["impact"] in {"serious", "critical"}
    ]


def digest(page: Page) -> None:
    """Give the page time for an answer, by a clock in its own thread, which a busy machine holds up
    as well.
    """
    page.evaluate("new Promise((done) => { setTimeout(done, 200); })")


def screenshot(page: Page, name: str) -> Path:
    """A picture of the whole page in SCREENSHOT_DIR (default: /tmp/beatwright-screenshots)."""
    folder = Path(os.environ.get("SCREENSHOT_DIR", "/tmp/beatwright-screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    return path
