"""Signed-in pages on a file's own site: each file says with its ``site`` fixture what is there to
be seen.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browser
from tests.support.sessions import signed_in
from tests.support.site import Site


@pytest.fixture
def console(page: Page, page_watch: browser.Watch, site: Site) -> Page:
    """A page on the console, as its superuser."""
    signed_in(page, site)
    return page


@pytest.fixture
def plain_page(chromium: Browser, site: Site) -> Iterator[Page]:
    """The same in a browser that runs no JavaScript."""
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 1280, "height": 900}
    )
    context.set_default_timeout(browser.PATIENCE_MS)
    page = context.new_page()
    signed_in(page, site)
    yield page
    context.close()
