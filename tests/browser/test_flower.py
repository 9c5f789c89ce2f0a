from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import sign_in
from tests.support.eventually import eventually
from tests.support.up import Up

PASSWORD = "a good password"


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """Everything running, with runs to look at."""
    with Up(ADMIN_PASSWORD=PASSWORD) as started:
        started.schedule(
            hello={"task": "LogTask", "params": {"message": "hello"}, "schedule": "* * * * * *"}
        )
        started.start()
        eventually(lambda: started.states("hello").count("succeeded") > 2, seconds=20)
        yield started


@pytest.mark.only_in_all(reason="starts all of bin/up; test_up.py asks Flower without a browser")
def test_flowers_pages_work_behind_the_login(up: Up, page: Page) -> None:
    sign_in(page, up.url, "admin", PASSWORD)
    page.goto(f"{up.url}/flower/")
    worker = page.get_by_role("link", name=f"worker-{up.port}@")
    expect(worker).to_be_visible()

    page.goto(f"{up.url}/flower/tasks")
    expect(page.get_by_role("cell", name="LogTask").first).to_be_visible()
    page.get_by_role("row", name="LogTask").first.get_by_role("link").first.click()
    expect(page.get_by_text("SUCCESS").first).to_be_visible()

    page.goto(f"{up.url}/flower/")
    worker.click()
    expect(page.get_by_text("Pool").first).to_be_visible()
    # Read-only: there is nothing to press that would change a worker.
    expect(page.get_by_role("button", name="Shut Down")).to_have_count(0)
