"""The page of the API's operations."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.site import Site

pytestmark = pytest.mark.takes_turns(reason="a browser and a server for seconds each")


def test_an_operation_opens_with_a_command_to_copy(signed_in_page: Page, live_site: Site) -> None:
    page = signed_in_page
    page.goto(f"{live_site.url}/api/v1/docs/")
    operation = page.locator("details#jobs_create")
    expect(operation.locator("pre")).to_be_hidden()
    operation.locator("summary").click()
    expect(operation.locator("pre")).to_contain_text(f"curl -X POST '{live_site.url}/api/v1/jobs/'")
    expect(operation.get_by_role("button", name="Copy")).to_be_visible()
    expect(operation.get_by_role("row", name="schedule required")).to_be_visible()
